#!/usr/bin/env bash
# Damaged files of every format: each must be read, or refused with an error that names it.
#   benchmarks/scripts/fuzz.sh [MUTATIONS OF EACH FORMAT] [SEED] [FORMATS, SEPARATED BY COMMAS]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
"$program" fuzz "$@"
