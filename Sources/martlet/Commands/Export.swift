import ArgumentParser
import MartletCore
import MartletPipeline
import MartletPlatform
import MartletStore

/// Writes a project's graph for engines of other people's.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the project's graph of steps for Airflow or Argo Workflows.", subcommands: [Airflow.self, Argo.self])

    /// For Airflow.
    struct Airflow: ParsableCommand, ProjectCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the graph as a file of DAGs for Airflow 3.",
            discussion: """
                Each step becomes a task that runs 'martlet step'; a step that is fanned out becomes a mapped task. Airflow decides when \
                and where, Martlet keeps the records and skips what was made before. The workers need martlet, the project's folder and \
                the home at the same paths as here, and a PostgreSQL database in MARTLET_DATABASE_URL where there are several of them.

                EXAMPLES
                  martlet export airflow -o dags/flights.py
                  martlet export airflow | less
                """
        )

        @OptionGroup var options: ProjectOptions
        @OptionGroup var target: ExportTarget

        func run() throws { try target.write(try AirflowExport(try target.graph(options)).text()) }
    }

    /// For Argo Workflows.
    struct Argo: ParsableCommand, ProjectCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the graph as manifests for Argo Workflows 3.6 or later.",
            discussion: """
                A WorkflowTemplate in which each step is a container that runs 'martlet step', and a CronWorkflow for each schedule. The \
                image needs the programs that steps call; it or the volume has the project's folder and the home at the same paths as here.

                EXAMPLES
                  martlet export argo --image registry.example/flights:1 --volume flights:/srv/flights --secret martlet -o flights.yaml
                  kubectl apply -f flights.yaml
                """
        )

        @OptionGroup var options: ProjectOptions
        @OptionGroup var target: ExportTarget

        @Option(help: "The image that has martlet and the programs of the steps.")
        var image: String

        @Option(help: ArgumentHelp("A claim on a volume, and the folder that it becomes.", valueName: "claim:folder"))
        var volume: VolumeWord?

        @Option(help: "A secret whose entries become variables, such as MARTLET_DATABASE_URL.")
        var secret: String?

        func run() throws {
            let settings = ArgoExport.Settings(image: image, volume: volume?.volume, secret: secret)
            try target.write(try ArgoExport(try target.graph(options), settings: settings).text())
        }
    }
}

/// Where an export goes, and what it calls.
struct ExportTarget: ParsableArguments {
    @Option(name: [.short, .long], help: ArgumentHelp("The file; standard output by default.", valueName: "file"), completion: .file())
    var output: String?

    @Option(help: ArgumentHelp("Martlet's path where the steps will run; this one's by default.", valueName: "path"))
    var program: String?

    /// The project's graph, as it can be exported.
    func graph(_ options: ProjectOptions) throws -> ExportGraph {
        let platform = try options.platform()
        let places = ["--project", options.projectPath, "--home", options.homePath(of: platform.project)]
        return try ProjectPipeline(platform).exported(program: program ?? OwnProgram.path(), options: places, now: .now)
    }

    func write(_ text: String) throws {
        guard let output else { return Output.result(text.trimmingSuffix { $0 == "\n" }) }
        let folder = Directory.parent(of: output)
        guard Directory.kind(of: folder) != nil else {
            throw MartletError(.notFound, "there is no folder '\(folder)' for '\(output)'; make it first")
        }
        // Engines read their folders at any time, and find the whole file or the one before.
        let file = TemporaryFile(in: folder)
        try Array(text.utf8).withUnsafeBytes { try file.write($0, mode: 0o644) }
        try file.move(to: output)
    }
}

/// A volume as a word of the command line: `flights:/srv/flights`.
struct VolumeWord: ExpressibleByArgument {
    let volume: ArgoExport.Volume

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[1].hasPrefix("/") else { return nil }
        volume = ArgoExport.Volume(claim: parts[0], path: parts[1])
    }
}

extension String {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, isTrimmed(last) { text = text.dropLast() }
        return String(text)
    }
}
