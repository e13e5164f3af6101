# Turns cdnow_transactions.csv into events of the Segment spec, one JSON object a line.
# Keeps the orders after the day `after` and through the day `through` (YYYY-MM-DD, -v).
# The row number is the order's id, so that twins (identical rows) stay two orders.

BEGIN { FS = "," }
NR == 1 { next }
$2 > after && $2 <= through {
  row = sprintf("%06d", NR - 1)
  printf "{\"type\":\"track\",\"event\":\"Order Completed\",\"messageId\":\"cdnow-%s\",", row
  printf "\"userId\":\"cdnow-%s\",\"timestamp\":\"%sT12:00:00.000Z\",", $1, $2
  printf "\"properties\":{\"order_id\":\"o%s\",\"revenue\":%s,\"currency\":\"USD\",", row, $4
  printf "\"quantity\":%s}}\n", $3
}
