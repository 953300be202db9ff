#!/bin/bash
# The health gate of the same checkout as this script.
cd "$(dirname "$0")/../.." && exec go run ./deploy/release "$@"
