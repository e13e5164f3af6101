# What several cases do in the same way; a case takes it in with `. "$FUNCTIONS"`.

# Prints the summary of an ingest as JSON, then the status of the command; no progress, which a slow machine shows.
ingest() {
  {
    "$CAIRN" ingest "$@" --json 2>&1
    echo "status $?"
  } | grep -v events/s
}

# Makes a store with the definitions and events of the case.
make_store() {
  $CAIRN init store >/dev/null
  $CAIRN apply store definitions.yaml >/dev/null
  $CAIRN ingest store in.ndjson --clock events >/dev/null
}

# Prints digests as the words that they are of.
words() {
  for word in "$@"; do
    printf 's/%s/<%s>/g\n' "$(printf %s "$word" | sha256sum | cut -d' ' -f1)" "$word"
  done >words.sed
  sed -f words.sed
}

# Takes in a file and prints each event by its id, with its verdict and what it breaks.
judged() {
  $CAIRN ingest store "$1" --verdicts v >/dev/null 2>&1 || true
  sed 's/.*"verdict":"\([a-z]*\)".*"detail":"\([^"]*\)".*/\1 \2/
    s/.*"verdict":"\([a-z]*\)".*/\1/' v >judgements
  sed 's/.*"messageId": *"\([^"]*\)".*/\1/' "$1" | paste -d ' ' - judgements
}

# Reads times, one a line, and writes an event of each, whose message id is the number of its line after the first
# argument.
events_at() {
  number=$1
  while read -r time; do
    number=$((number + 1))
    printf '{"type":"track","event":"A","messageId":"%s","userId":"u","timestamp":%s}\n' $number "$time"
  done
}
