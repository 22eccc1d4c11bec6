import ArgumentParser
import Foundation
import MartletCore
import MartletRegistry
import MartletStore

/// Brings what other programs recorded into a home.
struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring what other programs recorded into a home.", subcommands: [MLflow.self])

    /// Brings a store of MLflow's.
    struct MLflow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "mlflow", abstract: "Bring an existing MLflow with its artifacts into a home.",
            discussion: """
                SOURCE is a folder 'mlruns', a SQLite file, or the URL of a database of MLflow's server: sqlite:///PATH or \
                postgresql://USER@HOST/DATABASE, whose password may come from PGPASSWORD or ~/.pgpass. It is never written to. Stores of \
                MLflow 1.0 to 3.17.2 are known.

                Experiments, runs, models and traces keep their identifiers, times and stages; artifacts on disks are copied, checked by \
                their SHA-256, and addressed as mlflow-artifacts:/… from then on, while those in other storages (s3://…) stay where they \
                are. An import that was ended goes on when it is called again, and one that was done brings only what is new. A server may \
                use the home meanwhile.

                EXAMPLES
                  martlet import mlflow mlruns --home tracking --dry-run
                  martlet import mlflow mlruns --home tracking
                  martlet import mlflow sqlite:///mlflow.db --home tracking --artifacts-from mlartifacts
                  martlet import mlflow postgresql://mlflow@db/mlflow --home tracking --artifacts-from /srv/artifacts

                EXIT CODES
                  0 done   1 the home has other things of the same names   65 some of it cannot be read, the rest was brought
                """
        )

        @OptionGroup var options: HomeOptions

        @Argument(help: "What to bring: a folder, a file or a URL.", completion: .file())
        var source: String

        @Option(
            help: ArgumentHelp(
                "Where the artifacts are: the --artifacts-destination of MLflow's server, or the folder that a store was moved to.",
                valueName: "folder"),
            completion: .directory)
        var artifactsFrom: String?

        @Flag(help: "Read and count all, and bring nothing.")
        var dryRun = false

        func run() async throws {
            let home = try options.folder()
            let folder = try artifactsFrom.map(existing)
            let source = try await SourceOpening.open(self.source)
            let report = try await closing(source.close) {
                try await options.withDatabase(makesHome: true) { database in
                    let lock = try FileLock.acquire(path: home.importLockPath, purpose: "martlet import", waitAtMost: .zero)
                    defer { lock.release() }
                    return try await options.withArtifacts(database) { artifacts in
                        let plan = try await MLflowImport(source, into: database, artifacts: artifacts, artifactsFrom: folder)
                        let view = ImportView(silent: options.json)
                        defer { view.clear() }
                        return try await plan.run(isDry: dryRun) { view.show($0) }
                    }
                }
            }
            try show(report)
        }

        private func existing(_ path: String) throws -> String {
            var isFolder: ObjCBool = false
            let full = URL(filePath: path).standardizedFileURL.path
            guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder), isFolder.boolValue else {
                throw MartletError(.notFound, "--artifacts-from: there is no folder '\(path)'")
            }
            return full
        }

        private func show(_ report: ImportReport) throws {
            let text = ImportReportText(report, isDry: dryRun)
            Output.result(options.json ? text.json.prettyText : text.lines.joined(separator: "\n"))
            guard report.flawCount > 0 else { return }
            throw MartletError(
                .invalidInput,
                "\(report.flawCount) thing\(report.flawCount == 1 ? "" : "s") in the source cannot be brought; correct them and call again")
        }
    }
}

/// The progress of an import: each kind of records is one piece of work.
private struct ImportView: Sendable {
    private let view: ProgressView

    init(silent: Bool) { view = ProgressView(silent: silent) }

    func show(_ progress: ImportProgress) {
        guard progress.total > 0 else { return }
        let name = progress.kind.rawValue
        if progress.done == 0 { return view.begin(name, progress.total.grouped) }
        guard progress.done < progress.total else { return view.end(name, progress.total.grouped) }
        view.update(name, share: Double(progress.done) / Double(progress.total), "\(progress.done.grouped) of \(progress.total.grouped)")
    }

    func clear() { view.clear() }
}
