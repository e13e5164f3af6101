# Numbers as libphonenumber reads them, by the country of the identity rules.
t() {
  printf 'country: %s\nidentifiers: [user_id, phone]\n' "$1" > i.yaml
  printf '{"type":"identify","messageId":"1","userId":"u","timestamp":"2026-01-01T00:00:00Z","traits":{"phone":"%s"}}\n' "$2" > e.ndjson
  "$CAIRN" init s >/dev/null
  "$CAIRN" identity apply s i.yaml >/dev/null
  "$CAIRN" ingest s e.ndjson --clock events >/dev/null
  printf '%s  %s  %s\n' "$1" "$2" "$("$CAIRN" export s identifiers --format ndjson | grep phone | sed 's/.*"value":"//; s/".*//')"
  rm -rf s
}
t BY "8 0152 45-09-11"
t BY "+375 801 123 4567"
t RW "+250 06 38 10 94"
t GB "44 7911 123456"
t IN "91 9876543210"
t IT "+39 (0)6 1234 5678"
t BR "0 15 11 98765-4321"
t AR "011 15-2345-6789"
t LT "8 612 34567"
t KR "00700 1 415 555 2671"
t US "415–555–2671"
t JP "０３−１２３４−５６７８"
t US "tel:+14155552671"
t AR "0351 15 412-3456"
t MX "044 55 1234 5678"
t BR "041 21 3123-4567"
t HU "06 1 234 5678"
t RU "8 (495) 123-45-67"
t AU "0011 49 30 123456"
t FI "00 358 40 1234567"
t GB "+44 (0)20 7946 0958"
t NZ "0800 123 4567"
t SM "886377"
t AG "463-1234"
t US "1-800-FLOWERS"
t US "555-2671"
t DE "+999 1234567"
