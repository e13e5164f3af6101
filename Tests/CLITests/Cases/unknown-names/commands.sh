# Names that no event ever had: a warning on standard error with the nearest, and in --json.
$CAIRN init store
echo "-- an empty store knows no names"
$CAIRN apply store definitions.yaml
$CAIRN ingest store in.ndjson --clock events | sed -n 2p
echo "-- plan"
$CAIRN plan store definitions.yaml
echo "-- apply"
$CAIRN apply store definitions.yaml >/dev/null
$CAIRN apply store definitions.yaml --json 2>/dev/null
echo "-- preview"
$CAIRN audience preview store 'performed("order completed") and traits.plann = "pro"' --json 2>&1 | sed 's/"as_of":"[^"]*",//'
$CAIRN audience preview store 'performed("Order Completed" where properties.items.skuu = "A")' >/dev/null
$CAIRN audience preview store 'performed(* where event = "Order Complete" or lowercase(properties.Revenue) = "x")' >/dev/null
$CAIRN audience preview store --accounts 'any member(performed("Sined In")) or traits.industri = "x"' >/dev/null
echo "-- all of these are known"
$CAIRN audience preview store 'performed("Order Completed" where properties.items.sku = "A" and context.page.path contains "/") or traits.plan = "pro" or performed("Signed In", last 30d)' >/dev/null
echo "-- functions, traits and audiences"
$CAIRN audience preview store 'cuont("Signed In") > 1' || echo "status $?"
$CAIRN audience preview store 'performed("Signed In" where lowrcase(properties.x) = "y")' || echo "status $?"
$CAIRN audience preview store 'odrers > 1' || echo "status $?"
$CAIRN audience preview store 'member("buyer")' || echo "status $?"
$CAIRN audience preview store 'uper(traits.plan) = "PRO" or uppercas(traits.plan) = "PRO"' || echo "status $?"
