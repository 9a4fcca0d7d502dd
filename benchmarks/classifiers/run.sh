#!/usr/bin/env bash
# Attacks on the ADR-GD paper's two MNIST classifiers at equal gradient passes: the first 100 test images, pixels kept in [0, 1].
# About 15 CPU minutes.
#   benchmarks/classifiers/run.sh [FOLDER OF MNIST'S FILES AND THE CLASSIFIERS]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
mnist=${1:-../shared/data/mnist}
here=benchmarks/classifiers

# attack NAME MODEL OPTIONS…: NAME.json, and the table on standard output.
attack() {
    local name=$1 model=$2
    shift 2
    echo "== $name: $*"
    ./rl optimize classifier --model "$mnist/$model.safetensors" --images "$mnist/t10k-images-idx3-ubyte.gz" \
        --labels "$mnist/t10k-labels-idx1-ubyte.gz" --json "$here/$name.json" "$@" 2>/dev/null
}

{
    attack robust mnist_pgd --epsilon 0.25 --passes 200,500 \
        --method fgsm,gradient-ascent,adam,pgd,pgd-annealed,apgd,adr-gd-mnist-robust,sharp --sheet "$here/robust.png"
    attack robust-constant-step mnist_pgd --epsilon 0.25 --passes 40,200,500 --method pgd --step-size 0.00784 --random-start
    attack robust-falling-step mnist_pgd --epsilon 0.25 --passes 40,200,500 --method pgd-annealed --random-start
    attack clean mnist_clean --epsilon 0.1 --passes 200,300 \
        --method fgsm,gradient-ascent,adam,pgd,pgd-annealed,apgd,adr-gd-mnist-clean,sharp --sheet "$here/clean.png"
} | tee "$here/run.txt"
