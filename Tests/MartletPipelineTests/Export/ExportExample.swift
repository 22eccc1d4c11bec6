import MartletCore

@testable import MartletPipeline

/// Graphs that the exports are tried with.
enum ExportExample {
    /// What a project has: a chain, a retry, a condition, a list of elements, a join, and a schedule.
    static func flights() throws -> ExportGraph {
        let martlet = { (words: String...) in ["/bin/martlet"] + words.prefix(2) + ["--project", "/srv/flights"] + words.dropFirst(2) }
        return try ExportGraph(
            project: "flights", owner: "forecasting",
            steps: [
                ExportStep(
                    name: "ingest/fetch", command: martlet("step", "ingest/fetch"),
                    retry: .init(count: 3, wait: .seconds(1), factor: 2, waitMax: .seconds(60))),
                ExportStep(
                    name: "clean", command: martlet("step", "clean"), upstream: ["ingest/fetch"], owner: "data",
                    resources: .init(cores: 2, memoryBytes: 2 << 30, accelerators: 1, time: .seconds(600))),
                ExportStep(
                    name: "months", command: martlet("step", "months", "--instance"), upstream: ["clean"],
                    elements: martlet("instances", "months")),
                ExportStep(
                    name: "report", command: martlet("step", "report"), upstream: ["months", "clean"],
                    condition: martlet("condition", "report")),
            ],
            schedules: [ExportSchedule(name: "nightly", cron: "0 3 * * *", zone: "America/New_York", missed: .latest)])
    }

    /// Words that a shell, Jinja, Argo, Kubernetes, Python or YAML takes for something of its own.
    static let hostile = [
        "{{ 1/0 }}", "{% raw %}", "{#", "{{=1}}", "{{item}}", "$(id)", "$HOME", "`id`", "it's", "a\\b", "\"", "\"\"\"", "", "-x", "run.sh",
        "ü\u{202e}\u{2028}", "a\nb", "#", ": ", "$$(X)", "%s", "{'\u{301}; id; '", "\u{600}{{ 1/0 }}",
        "\u{600}$(id)",
    ]

    /// A command that writes a text, and something else to standard error before and behind it.
    private static func aloud(_ text: String) -> [String] {
        ["sh", "-c", #"echo before >&2; printf '%s\n' "$1"; echo after >&2"#, "sh", text]
    }

    /// Steps that write what they were given into files of a folder, each word behind the character 1. Their names are no names to
    /// any engine.
    static func hostileGraph(writingTo folder: String) throws -> ExportGraph {
        let write = { (file: String, words: [String]) in
            ["sh", "-c", #"file=$1; shift; for word; do printf '%s\001' "$word"; done >>"$file""#, "sh", "\(folder)/\(file)"] + words
        }
        return try ExportGraph(
            project: "flüge \"x\" {{ 1/0 }}", owner: "fore'cast\"",
            steps: [
                ExportStep(
                    name: "in/first \"{{ 1/0 }}\"", command: write("first", hostile), owner: "{{ 1/0 }}",
                    resources: .init(cores: 1.5, memoryBytes: 1, accelerators: 0, time: .seconds(60)),
                    retry: .init(count: 1, wait: .milliseconds(1500), factor: 1.5, waitMax: .seconds(2))),
                ExportStep(
                    name: "each[x=1]", command: write("each", []), upstream: ["in/first \"{{ 1/0 }}\""],
                    elements: aloud(JSONValue.array(hostile.map(JSONValue.string)).canonicalText)),
                ExportStep(
                    name: "each[x:1]", command: write("none", []), upstream: ["in/first \"{{ 1/0 }}\""], elements: ["printf", "[]"]),
                ExportStep(name: "join", command: write("join", ["joined"]), upstream: ["each[x=1]", "each[x:1]"]),
                ExportStep(name: "yes", command: write("yes", ["yes"]), upstream: ["join"], condition: aloud("true")),
                ExportStep(
                    name: "no", command: write("no", ["no"]), upstream: ["join"], condition: ["sh", "-c", "echo false", "sh"] + hostile),
                ExportStep(name: "never", command: write("no", []), upstream: ["no"], elements: ["printf", "[]"]),
                ExportStep(name: "after never", command: write("no", []), upstream: ["never"]),
                ExportStep(name: "after no", command: write("no", ["after no"]), upstream: ["no", "yes"]),
            ])
    }
}
