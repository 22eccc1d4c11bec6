/// What is known of programs by their names.
enum Program {
    /// A program that runs the one that is named behind its options.
    struct Prefix {
        /// Options whose value is the next word.
        var options: Set<String> = []
        /// Words before the other program.
        var operandCount = 0
    }

    /// Programs that change how another one runs, and nothing of what it does.
    static let prefixes: [String: Prefix] = [
        "env": Prefix(options: ["-u", "--unset", "-C", "--chdir"]), "nice": Prefix(options: ["-n", "--adjustment"]),
        "time": Prefix(options: ["-o", "-f", "--output", "--format"]), "nohup": Prefix(), "command": Prefix(), "builtin": Prefix(),
        "exec": Prefix(options: ["-a"]), "setsid": Prefix(), "ionice": Prefix(options: ["-c", "-n", "--class", "--classdata"]),
        "timeout": Prefix(options: ["-s", "-k", "--signal", "--kill-after"], operandCount: 1),
        "stdbuf": Prefix(options: ["-i", "-o", "-e"]), "taskset": Prefix(operandCount: 1), "chrt": Prefix(operandCount: 1),
        "sudo": Prefix(options: ["-u", "-g"]), "numactl": Prefix(options: ["-C", "-m", "-N"]),
        "xargs": Prefix(options: ["-n", "-I", "-P", "-L", "-d", "-s", "-a", "-E"]),
    ]

    /// Programs that run another one in an environment of their making, behind `run` and its options.
    static let runners: [String: Set<String>] = [
        "uv": [
            "--with", "--with-editable", "--with-requirements", "-p", "--python", "--extra", "--group", "--only-group", "--no-group",
            "--env-file", "--project", "--directory", "--package", "--index", "--default-index", "-i", "--index-url",
            "--extra-index-url", "-f", "--find-links", "--config-file", "--cache-dir",
        ],
        "poetry": ["-C", "--directory", "-P", "--project"], "pdm": ["-p", "--project"], "pipenv": [], "rye": [], "hatch": ["-e", "--env"],
        "conda": ["-n", "--name", "-p", "--prefix", "--cwd"], "mamba": ["-n", "--name", "-p", "--prefix", "--cwd"],
        "micromamba": ["-n", "--name", "-p", "--prefix", "--cwd"], "pixi": ["-e", "--environment", "--manifest-path"],
    ]

    /// Programs that run what a file of theirs says, by the names that it may have.
    static let builders: [String: [String]] = [
        "make": makefiles, "gmake": makefiles, "ninja": ["build.ninja"], "cmake": ["CMakeLists.txt"], "just": ["justfile", "Justfile"],
        "snakemake": ["Snakefile", "workflow/Snakefile"], "dvc": ["dvc.yaml"], "dbt": ["dbt_project.yml"], "tox": ["tox.ini"],
        "nox": ["noxfile.py"], "invoke": ["tasks.py"], "npm": ["package.json"], "yarn": ["package.json"], "pnpm": ["package.json"],
        "cargo": ["Cargo.toml"], "go": ["go.mod"], "gradle": ["build.gradle", "build.gradle.kts"], "mvn": ["pom.xml"],
        "docker": ["Dockerfile"], "podman": ["Containerfile", "Dockerfile"],
    ]
    private static let makefiles = ["GNUmakefile", "makefile", "Makefile"]

    /// What a shell does by itself, without code that could change.
    static let builtins: Set<String> = [
        ":", "[", "test", "true", "false", "echo", "printf", "read", "set", "unset", "shift", "exit", "return", "break", "continue",
        "trap", "wait", "umask", "ulimit", "type", "hash", "pwd", "alias", "unalias", "let", "getopts", "times", "kill", "jobs", "bg",
        "fg", "popd", "shopt", "mapfile", "readarray", "ls", "mkdir", "rmdir", "rm", "touch", "tee", "chmod", "sleep", "which", "date",
    ]

    /// Endings of code whose references are not followed.
    static let unreadEndings = [".ipynb", ".R", ".r", ".Rmd", ".jl", ".js", ".mjs", ".ts", ".rb", ".pl", ".php", ".lua"]

    static func isPython(_ name: String) -> Bool { hasVersion(name, after: ["python", "pypy"]) }

    static func isShell(_ name: String) -> Bool { ["sh", "bash", "dash", "ksh", "zsh", "ash"].contains(name) }

    private static func hasVersion(_ name: String, after bases: [String]) -> Bool {
        bases.contains { name.hasPrefix($0) && name.dropFirst($0.count).allSatisfy { "0123456789.t".contains($0) } }
    }
}

/// What a file of code is written in, where its own references can be followed.
enum CodeLanguage {
    case python, shell, other
}
