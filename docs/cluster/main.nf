// Nextflow: each part checks every n-th study of one list into one folder; the last process gathers the tables.
//
//   nextflow run main.nf --list /data/list.csv --out /data/checked --parts 50
//
// The folder is the contract, so results are written there and not staged; all machines must see it under this path.
params.list = null
params.out = null
params.parts = 4
params.fmassist = 'fmassist'
params.options = ''

process PART {
    input:
    val part

    output:
    val part

    script:
    """
    ${params.fmassist} batch ${params.list} --out ${params.out} --shard ${part}/${params.parts} --jobs 1 ${params.options} \\
      || { code=\$?; [ \$code -eq 2 ] || [ \$code -eq 3 ]; }
    """
}

process GATHER {
    input:
    val parts

    script:
    """
    ${params.fmassist} batch ${params.list} --out ${params.out} --gather ${params.options} \\
      || { code=\$?; [ \$code -eq 2 ] || [ \$code -eq 3 ]; }
    ${params.fmassist} report ${params.out}
    """
}

workflow {
    GATHER(PART(Channel.of(1..params.parts)).collect())
}
