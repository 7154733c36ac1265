#!/usr/bin/env bash
# What the API's guide suggests to do with curl and jq: the window from where the last one ended up
# to a minute ago, page by page with after_id, one activity a line. Pages are as large as they can
# be, and the window's end is kept only when all of it is stored.
#
# curl-jq.sh BASE_URL DIRECTORY SINCE [UNTIL], with the key in ANTHROPIC_COMPLIANCE_ACCESS_KEY
set -euo pipefail

base_url=$1
directory=$2
since=$(cat "$directory/since" 2>/dev/null || echo "$3")
until=${4:-$(date -u -d '1 minute ago' +%Y-%m-%dT%H:%M:%SZ)}

after=()
while :; do
	curl --fail-with-body -sS -G "$base_url/v1/compliance/activities" \
		--header "x-api-key: $ANTHROPIC_COMPLIANCE_ACCESS_KEY" \
		--header 'anthropic-version: 2023-06-01' \
		--retry 5 \
		--data-urlencode 'order=asc' \
		--data-urlencode 'limit=5000' \
		--data-urlencode "created_at.gte=$since" \
		--data-urlencode "created_at.lt=$until" \
		"${after[@]}" >"$directory/page.json"
	jq -c '.data[]' "$directory/page.json" >>"$directory/activities.ndjson"
	cursor=$(jq -r 'if .has_more then .last_id else "" end' "$directory/page.json")
	[ -n "$cursor" ] || break
	after=(--data-urlencode "after_id=$cursor")
done
sync "$directory/activities.ndjson"
echo "$until" >"$directory/since"
