#!/bin/bash
# An array of SLURM: each part checks every n-th study of one list into one folder; a last job gathers the tables.
#
#   PARTS=50 LIST=/data/list.csv OUT=/data/checked bash slurm.sh submit
#
# With Apptainer: FMASSIST="apptainer exec --bind /data fmassist.sif fmassist". A part that was killed, or a node that
# was lost, costs nothing: submit again, and what is finished is kept.
#SBATCH --job-name=fmassist
#SBATCH --cpus-per-task=2
#SBATCH --mem=16G
#SBATCH --time=08:00:00
set -eu

FMASSIST=${FMASSIST:-fmassist}
OPTIONS=${OPTIONS:-}

# 3 says that a study asks for a look, 2 that one could not be checked: both are in the tables, and no fault of the job.
finished() { [ "$1" -eq 0 ] || [ "$1" -eq 3 ] || [ "$1" -eq 2 ]; }

case ${1:-part} in
  submit)
    array=$(sbatch --parsable --array="1-$PARTS" --export=ALL "$0" part)
    sbatch --dependency="afterany:$array" --export=ALL "$0" gather
    ;;
  part)
    code=0
    # shellcheck disable=SC2086
    $FMASSIST batch "$LIST" --out "$OUT" --shard "$SLURM_ARRAY_TASK_ID/$PARTS" \
      --jobs "${SLURM_CPUS_PER_TASK:-1}" $OPTIONS || code=$?
    finished "$code"
    ;;
  gather)
    code=0
    # shellcheck disable=SC2086
    $FMASSIST batch "$LIST" --out "$OUT" --gather $OPTIONS || code=$?
    finished "$code"
    $FMASSIST report "$OUT"
    ;;
esac
