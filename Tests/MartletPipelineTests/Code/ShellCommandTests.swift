import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct ShellCommandTests {
    private static let files = [
        "x.py": "import y", "y.py": "", "my script.py": "", "a.sh": "cat a.sql", "a.sql": "", "b.sql": "", "settings.toml": "",
        "tool": "#!/usr/bin/env -S python3 -u\nimport y", "jobs/z.py": "", "jobs/in.csv": "", "plot.R": "", "out.txt": "",
        "kind.sh": "KIND=y NAME=a; . ./kind.sh",
        "library.sh": "KIND=x\nrun() { python $KIND.py; }",
    ]

    @Test(arguments: [
        ("python x.py", ["x.py", "y.py"]),
        ("python3 -u -W ignore x.py --lr 0.1", ["x.py", "y.py"]),
        ("A=b B='c d' python x.py", ["x.py", "y.py"]),
        ("env -u A B=c nice -n 5 time python x.py", ["x.py", "y.py"]),
        ("timeout -k 5 10 python y.py", ["y.py"]),
        ("uv run --with pandas x.py", ["x.py", "y.py"]),
        ("uv run python y.py", ["y.py"]),
        ("uv run -m jobs.z", ["jobs/z.py"]),
        ("./tool settings.toml", ["settings.toml", "tool", "y.py"]),
        ("torchrun --nproc 2 x.py --config=settings.toml", ["settings.toml", "x.py", "y.py"]),
        ("Rscript plot.R", ["plot.R"]),
        ("bash -euo pipefail a.sh", ["a.sh", "a.sql"]),
        ("sh -c 'python y.py; sh a.sh'", ["a.sh", "a.sql", "y.py"]),
        ("cat <a.sql | python y.py >out.txt 2>>b.sql", ["a.sql", "y.py"]),
        ("cat *.sql", ["a.sql", "b.sql"]),
        ("cat '*.sql' \\*.sql", []),
        ("python 'my script.py'; python my\\ script.py", ["my script.py"]),
        ("python \"my script.py\"&&python y.py", ["my script.py", "y.py"]),
        ("python my script.py", []),
        ("cd jobs && python z.py in.csv", ["jobs/in.csv", "jobs/z.py"]),
        ("(cd jobs; python z.py); python y.py", ["jobs/z.py", "y.py"]),
        ("# python x.py\npython y.py # x.py", ["y.py"]),
        ("echo x.py; mkdir -p x.py; [ -f a.sql ] && true", []),
        ("S=y; python $S.py", ["y.py"]),
        ("S=\"y.py settings.toml\"; python $S", ["settings.toml", "y.py"]),
        ("S='my script'; python \"${S}.py\"", ["my script.py"]),
        ("python ${MISSING:-y}.py", ["y.py"]),
        ("if test -f b; then S=y; else S=jobs/z; fi; python $S.py", ["jobs/z.py", "y.py"]),
        ("for f in y.py jobs/*.py; do python \"$f\"; done", ["jobs/z.py", "y.py"]),
        ("case $1 in a|b) python y.py;; (c) cat a.sql ;; esac; cat b.sql", ["a.sql", "b.sql", "y.py"]),
        ("while read f; do cat a.sql; done < b.sql", ["a.sql", "b.sql"]),
        ("x=$(cat a.sql) python y.py `cat b.sql`", ["a.sql", "b.sql", "y.py"]),
        ("python y.py --n $((1 + 2)) \"$(cat \"a.sql\")\"", ["a.sql", "y.py"]),
        (". ./library.sh; run; python $KIND.py", ["library.sh", "x.py", "y.py"]),
        ("(. ./kind.sh; python $KIND.py); (. ./kind.sh; sh $NAME.sh)", ["a.sh", "a.sql", "kind.sh", "y.py"]),
        ("eval \"python y.py\"", ["y.py"]),
        ("[[ -f a.sql && -f b.sql ]] && python y.py", ["y.py"]),
        ("python \\\n  y.py", ["y.py"]),
        ("python y.py --to $table", ["y.py"]),
        ("! python y.py & wait", ["y.py"]),
        ("cat <<'EOF' | python y.py\nx.py $(cat a.sql)\nEOF\ncat b.sql", ["b.sql", "y.py"]),
    ])
    func `the files of a command are found`(_ text: String, _ expected: [String]) throws {
        try CodeProject.with(Self.files) { project throws in
            #expect(try project.files(text) == expected)
        }
    }

    @Test(arguments: [
        ("python $script", "the command: which script python runs is computed: '…'"),
        ("python jobs/$(date).py", "the command: which script python runs is computed: 'jobs/….py'"),
        ("sh \"$1\"", "the command: which script the shell runs is computed: '…'"),
        ("$PROGRAM x", "the command: which program runs is computed: '…'"),
        (". $HOME_OF_NOBODY/x", "the command: which script is sourced is computed: '…/x'"),
        ("eval \"$1\"", "the command: 'eval' runs a computed text"),
        ("cd $where && cat a", "the command: the folder of 'cd' is computed: '…'"),
        ("python -m $module", "the command: which module python runs is computed: '…'"),
        ("python absent.py", "the command: python runs 'absent.py', which is no file of the project"),
        ("Rscript plot.R", "plot.R: what a file '.R' loads is not looked for; name it under 'code'"),
        ("make all", "the command: 'make' runs what 'GNUmakefile' says, which is not followed; name those files under 'code'"),
        ("sh run.sh", "run.sh: which script python runs is computed: '…'"),
    ])
    func `what only a run could tell is named`(_ text: String, _ expected: String) throws {
        try CodeProject.with(["run.sh": "python $1", "plot.R": ""]) { project throws in
            #expect(try project.notes(text) == [expected])
        }
    }

    @Test func `arrays and functions that are defined later are no programs`() throws {
        try CodeProject.with(Self.files) { project throws in
            let text =
                "first() { later a.sql; }\nlater() { python y.py; }\nx=(a.sql absent); declare -a z=()\nx+=(b); first; K=y; K+=.py; python $K"
            #expect(try project.notes(text) == [])
            #expect(try project.files(text) == ["a.sql", "y.py"])
        }
    }

    @Test func `what the step sets is put into words`() throws {
        try CodeProject.with(Self.files) { project throws in
            #expect(try project.files("python $kind.py", environment: ["kind": "y"]) == ["y.py"])
        }
    }

    @Test func `the shell and each program are interpreters, and what the shell does itself is none`() throws {
        try CodeProject.with(["x.py": "", "p": "#!/usr/bin/env Rscript\n"]) { project throws in
            let found = try project.find(.shell("cd . && echo a | cat > b; nice python x.py; case $1 in a) true;; c) ./p;; esac"))
            #expect(found.interpreters.keys.sorted() == ["Rscript", "cat", "python", "sh"])
            #expect(found.unresolved.isEmpty)
        }
    }

    @Test(arguments: [
        "", "'", "\"", "$", "${", "$(", "`", "\\", "<<", "<<E", "a <<E\nb", "for", "for x in", "case", "case x in", "if", "((", "f()", ")",
        ";;",
        "$'", "<(", "&>", "2>", "~", "[[", "function", "\"$(\"", "${x:-", "$((", "export", "nice", "env", "python -m", "sh -c", "uv run",
        ". ",
    ])
    func `a text that is cut off is read as far as it goes`(_ text: String) throws {
        try CodeProject.with { project throws in
            #expect(try project.files(text) == [])
            #expect(try project.files("cat " + text + "\n") == [])
        }
    }

    @Test func `deep quotes and random texts end`() throws {
        var random = SplitMix64(seed: 3)
        let pieces = [
            "\"", "$(", ")", "'", "`", "{", "${", "}", "a", " ", "\n", ";", "<", "<<", "(", "\\", "$", "case", "in", "x=", "for", "é",
        ]
        try CodeProject.with { project throws in
            #expect(try project.files(String(repeating: "\"$(", count: 5_000)) == [])
            for _ in 0..<500 {
                let text = (0..<40).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
                #expect(try project.files(text) == [], "\(text)")
            }
        }
    }
}
