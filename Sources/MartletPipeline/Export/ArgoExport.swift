import MartletCore

/// A graph as manifests for Argo Workflows: a WorkflowTemplate, and a CronWorkflow for each schedule.
package struct ArgoExport: Sendable {
    /// What Kubernetes must be told beside the graph.
    package struct Settings: Sendable, Equatable {
        /// The image that has martlet and the project's programs.
        package var image: String
        /// Where the project and its home lie; `nil` where both come with the image, from a database and from a bucket.
        package var volume: Volume?
        /// A secret whose entries become environment variables: addresses of databases, keys of a bucket.
        package var secret: String?

        package init(image: String, volume: Volume? = nil, secret: String? = nil) {
            self.image = image
            self.volume = volume
            self.secret = secret
        }
    }

    /// A claim on a volume, and the folder that it becomes.
    package struct Volume: Sendable, Equatable {
        package let claim: String
        package let path: String

        package init(claim: String, path: String) {
            self.claim = claim
            self.path = path
        }
    }

    /// How late a missed run may still begin, where the last of them is made up for: a week.
    package static let lateSecondsMax: Int64 = 604_800
    /// How long the name of a CronWorkflow may be: with what Argo adds for each run it becomes the name of a workflow.
    package static let workflowNameLengthMax = 52
    /// How long the name of a template or a task may be.
    package static let templateNameLengthMax = 128

    private let graph: ExportGraph
    private let settings: Settings

    package init(_ graph: ExportGraph, settings: Settings) {
        self.graph = graph
        self.settings = settings
    }

    /// The file. - Throws: `invalidInput` where a command cannot be written for a shell.
    package func text() throws -> String {
        var names = ExportNames(Self.names(lengthMax: Self.workflowNameLengthMax))
        let name = names.name(for: graph.project)
        let template = ArgoTemplate(graph: graph, settings: settings)
        var documents = [try template.manifest(named: name).lines]
        for (part, entrypoint) in zip(graph.parts, template.entrypoints) {
            guard let schedule = part.schedule else { continue }
            let cron = names.name(for: "\(graph.project)-\(schedule.name)")
            documents.append(Self.cron(named: cron, schedule, template: name, entrypoint: entrypoint).lines)
        }
        return (head + documents.joined(separator: ["---"])).joined(separator: "\n") + "\n"
    }

    private var head: [String] {
        var lines = [
            "# The project \(QuotedText.of(graph.project)) for Argo Workflows 3.6 or later.",
            "# Written by 'martlet export argo': change the project and export it again, not this file.",
        ]
        for schedule in graph.schedules {
            guard case .all = schedule.missed else { continue }
            lines.append("# Of the missed runs of schedule \(QuotedText.of(schedule.name)) Argo makes up for the last one only.")
        }
        return lines
    }

    private static func cron(named name: String, _ schedule: ExportSchedule, template: String, entrypoint: String) -> YAMLText {
        var spec: [(String, YAMLText)] = [
            ("schedules", .list([.text(schedule.cron)])), ("timezone", .text(schedule.zone)), ("concurrencyPolicy", .text("Forbid")),
        ]
        if schedule.missed != .skip { spec.append(("startingDeadlineSeconds", .integer(lateSecondsMax))) }
        let reference = YAMLText.mapping([("name", .text(template))])
        spec.append(("workflowSpec", .mapping([("entrypoint", .text(entrypoint)), ("workflowTemplateRef", reference)])))
        return manifest("CronWorkflow", named: name, spec: spec)
    }

    static func manifest(_ kind: String, named name: String, spec: [(String, YAMLText)]) -> YAMLText {
        .mapping([
            ("apiVersion", .text("argoproj.io/v1alpha1")), ("kind", .text(kind)), ("metadata", .mapping([("name", .text(name))])),
            ("spec", .mapping(spec)),
        ])
    }

    /// What Kubernetes and Argo take as a name.
    static func names(lengthMax: Int) -> ExportNames.Rule {
        ExportNames.Rule(
            isAllowed: { "a"..."z" ~= $0 || "0"..."9" ~= $0 || $0 == "-" }, isLowercase: true, substitute: "-", lengthMax: lengthMax)
    }
}
