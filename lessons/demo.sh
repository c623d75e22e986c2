#!/bin/sh
# What `make demo` shows after the setup: a lesson that really runs, and two
# Dockerfiles graded by what they do. A learner can type each command here.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
lesson=01-dag-builds
exercise=01-parallel-stages
html=build/$lesson.html
began=$(date +%s)

step() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }
[ -t 2 ] || step() { printf '\n%s\n' "$*" >&2; }

# Runs a command that must end with the given exit code. Any other exit code
# ends the demo with an error.
expect() {
    wanted=$1
    shift
    code=0
    "$@" || code=$?
    if [ "$code" != "$wanted" ]; then
        echo "demo: \`$*\` ended with exit code $code instead of $wanted." >&2
        echo "next: read what it printed above; \`.venv/bin/sandbox doctor\` checks this machine" >&2
        [ "$code" != 0 ] || code=1 # the checker passed a starter that must not pass
        exit "$code"
    fi
}

step "1 of 4  Start the private builder, with the base images of the lesson"
sandbox warm lab/busybox docker/dockerfile

step "2 of 4  Grade the starter of exercise 01: it must not pass"
expect 1 checker grade --isolation never "$exercise" "exercises/$exercise"

step "3 of 4  Grade its solution: it must pass"
expect 0 checker grade --isolation never "$exercise" "exercises/$exercise/solution"

step "4 of 4  Run lesson 01: real builds, their graph and their timeline"
python -m sandbox.notebook.execute "lessons/$lesson.ipynb" --html "$html"

step "Done in $(($(date +%s) - began)) s."
cat << END
The lesson with its pictures:  $PWD/$html
Next:  make lab                learn in JupyterLab
       .venv/bin/checker list  the exercises
       .venv/bin/sandbox down  stop the builder
END
