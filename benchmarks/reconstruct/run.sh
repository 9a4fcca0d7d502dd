#!/usr/bin/env bash
# A decoder trained on MNIST images, then the latent vectors of 100 others sought by several optimisers at equal gradient passes.
# About 2 CPU minutes.
#   benchmarks/reconstruct/run.sh [FOLDER OF MNIST'S FILES]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
mnist=${1:-../shared/data/mnist}
here=benchmarks/reconstruct
decoder=$(mktemp -d)/decoder.safetensors
images=$mnist/t10k-images-idx3-ubyte.gz
methods=gradient-ascent,perturbed-gradient,adam,pgd,pgd-annealed,apgd,adr-gd,sharp
{
    ./rl optimize reconstruct --images "$images" --method "$methods" --passes 300 --save "$decoder" \
        --sheet "$here/reconstructed.png" --json "$here/300.json" 2>/dev/null
    ./rl optimize reconstruct --images "$images" --method "$methods" --passes 50 --model "$decoder" --json "$here/50.json" 2>/dev/null
} | tee "$here/run.txt"
