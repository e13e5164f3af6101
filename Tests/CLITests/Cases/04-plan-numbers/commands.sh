# The limits and values of a plan are compared with numbers of any length, exactly.
. "$FUNCTIONS"
$CAIRN init store
$CAIRN tracking apply store plan.yaml
judged in.ndjson
echo "its neighbours"
cat > more.yaml <<'END'
violations: quarantine
events:
  E:
    properties:
      properties:
        properties:
          low: {exclusiveMinimum: 0}
          high: {maximum: 0.3}
          step: {multipleOf: 0.01}
          whole: {type: integer}
          one: {const: 1.10}
END
while read -r id member; do
  printf '{"type":"track","event":"E","messageId":"%s","userId":"u","properties":{%s}}\n' "$id" "$member"
done > more.ndjson <<'END'
accepted-1 "low":1e-400
accepted-2 "high":0.29999999999999999999
accepted-3 "step":19.990
accepted-4 "step":1e300
accepted-5 "whole":123456789012345678901234567890.0
accepted-6 "whole":1e400
accepted-7 "one":11e-1
refused-1 "low":-1e-400
refused-2 "low":-0.0
refused-3 "high":0.30000000000000004
refused-4 "step":19.99000000000000000001
refused-5 "whole":123456789012345678901234567890.5
refused-6 "one":1.1000000000000001
END
$CAIRN tracking apply store more.yaml
judged more.ndjson
