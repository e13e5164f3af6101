# Events of the same instant, each with its time in another form.
number=0
while read -r time; do
  number=$((number + 1))
  printf '{"type":"track","event":"A","messageId":"%s","userId":"u","timestamp":%s}\n' $number "$time"
done <<'T'
"2024-01-31T10:15:00Z"
"2024-01-31t10:15:00.000z"
"2024-01-31 11:15:00+01"
"2024-01-31 11:15:00+0100"
"2024-01-31 11:15:00 +0100"
"2024-01-31 10:15:00 UTC"
"2024-01-31 10:15:00.000000 UTC"
"2024-01-31T10:15:00 GMT"
"20240131T101500Z"
"2024-01-31T11:15:00,000+01:00[Europe/Berlin]"
"Wed, 31 Jan 2024 10:15:00 GMT"
"Wed, 31 Jan 2024 11:15:00 +0100"
"Wed Jan 31 2024 11:15:00 GMT+0100 (Central European Standard Time)"
"Wed Jan 31 10:15:00 UTC 2024"
"2024-01-31 11:15:00 +0100 CET"
"2024-W05-3T10:15:00Z"
"1706696100"
1706696100
1706696100000
1706696100000000
1.7066961e9
T
