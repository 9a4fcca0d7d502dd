#!/usr/bin/env bash
# A decoder trained on MNIST images, then the latent vectors of 100 others sought by several optimisers at equal gradient passes; writes
# run.txt and reconstructed.png beside this script. About a CPU minute.
#   benchmarks/reconstruct/run.sh [FOLDER OF MNIST'S FILES]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
images=${1:-../shared/data/mnist}/t10k-images-idx3-ubyte.gz
decoder=$(mktemp -d)/decoder.safetensors
methods=gradient-ascent,perturbed-gradient,adam,pgd,pgd-annealed,apgd,adr-gd,sharp
{
    ./rl optimize reconstruct --images "$images" --method "$methods" --passes 300 --save "$decoder" \
        --sheet benchmarks/reconstruct/reconstructed.png 2>/dev/null
    ./rl optimize reconstruct --images "$images" --method "$methods" --passes 50 --model "$decoder" 2>/dev/null
} | tee benchmarks/reconstruct/run.txt
