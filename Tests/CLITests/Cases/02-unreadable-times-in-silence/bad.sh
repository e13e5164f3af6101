# Events whose times cannot be read, then two of the future.
. "$FUNCTIONS"
events_at 100 <<'T'
"yesterday"
"infinity"
"01/02/2024"
"31.01.2024 10:15"
"2024-02-30"
"0001-01-01T00:00:00Z"
"2024-01-31T10:15:00[Europe/Berlin]"
12
true
""
"9998-01-01"
253370764800000
T
