# `format: date-time` is RFC 3339: date, time with seconds, offset.
. "$FUNCTIONS"
$CAIRN init store
$CAIRN tracking apply store plan.yaml
judged in.ndjson
echo "its neighbours"
cat > more.yaml <<'END'
events:
  E:
    properties:
      properties:
        properties:
          at: {format: date-time}
          day: {format: date}
          hour: {format: time}
          mail: {format: email}
          url: {format: uri}
          id: {format: uuid}
END
while read -r id member; do
  printf '{"type":"track","event":"E","messageId":"%s","userId":"u","properties":{%s}}\n' "$id" "$member"
done > more.ndjson <<'END'
accepted-1 "at":"2026-02-03T10:00:00Z"
accepted-2 "at":"2026-02-03t10:00:00.123456789+05:30"
accepted-3 "at":"2016-12-31T23:59:60Z"
accepted-4 "at":1770112800
accepted-5 "day":"2024-02-29","hour":"10:00:00-08:00"
accepted-6 "mail":"o'hara+x@example.org","url":"https://example.org/a?b=c#d","id":"2EB8AA08-AA98-11EA-B4AA-73B441D16380"
refused-1 "at":"2026-02-30T10:00:00Z"
refused-2 "at":"2026-02-03T10:00:00+0530"
refused-3 "at":"2026-02-03 10:00:00Z"
refused-4 "day":"2023-02-29"
refused-5 "hour":"10:00"
refused-6 "mail":"a..b@example.org"
refused-7 "url":"example.org"
refused-8 "id":"2eb8aa08aa9811eab4aa73b441d16380"
END
$CAIRN tracking apply store more.yaml
judged more.ndjson
