# Text is lowered as Java, JavaScript, Python and ICU lower it: a sigma at the end of a word is a final one.
. "$FUNCTIONS"
make_store
echo γιωργος | tr -d '\n' | sha256sum | cut -c1-16
$CAIRN export store audience everyone --format google 2>/dev/null | cut -d, -f3,4 |
  words γιωργος παπαδοπουλος γιώργος παπαδόπουλος νικος-σπυρος σ "σ'αγαπω" οδυσσευς i̇pek işik straße weiß ǆemal émile
$CAIRN export store audience everyone --format meta 2>/dev/null | cut -d, -f8,9 |
  words γιωργος παπαδοπουλος γιώργος παπαδόπουλος νικοςσπυρος νικοσσπυρος σ σαγαπω "οδυσσευς jr" i̇pek işik straße weiß ǆemal émile
