# Text is composed before it is hashed: names from macOS and some keyboards come decomposed.
. "$FUNCTIONS"
make_store
$CAIRN export store audience everyone --format google 2>/dev/null | cut -d, -f3-6 | words josé müller 한 ångström
$CAIRN export store audience everyone --format meta 2>/dev/null | cut -d, -f8-10,12 | words josé müller j 한 ångström île
