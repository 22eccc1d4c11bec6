import MartletCore
import MartletData
package import MartletEngines
import MartletMonitor
import MartletPipeline
import MartletRegistry
import MartletStore

extension Platform {
    /// Makes what the project knows tables of the connection: datasets, their quarantine and profile, endpoints' logs, and the
    /// records `runs`, `run_parameters`, `run_metrics`, `releases` and `moves`.
    package func makeViews(_ connection: DuckDBConnection) async throws {
        try await makeDatasets(connection)
        for endpoint in project.endpoints.keys.sorted() {
            for folder in LogFolder.allCases {
                try archive(endpoint, folder).makeView("\(endpoint)_\(folder.rawValue)", connection)
            }
        }
        try makeRuns(try await tracking().runs(), connection)
        try makeReleases(connection)
    }

    private func makeDatasets(_ connection: DuckDBConnection) async throws {
        let pipelines = try await tracking().pipelines
        for name in project.datasets.keys.sorted() {
            guard let execution = try await pipelines.lastExecution(ProjectPipeline.stepName("dataset", name)) else { continue }
            if let manifest = execution.outputs["manifest"] { try makeProfile(name, manifest, connection) }
            for (output, view) in [("snapshot", name), ("quarantine", "\(name)_quarantine")] {
                guard let digest = execution.outputs[output] else { continue }
                try connection.execute(
                    "CREATE VIEW \(DuckDBConnection.quoted(identifier: view)) AS SELECT * FROM "
                        + "read_parquet(\(DuckDBConnection.quoted(literal: blobs.path(of: digest))))"
                )
            }
        }
    }

    /// A dataset's profile: one row for each column, and the quantiles as one text.
    private func makeProfile(_ name: String, _ manifest: Digest, _ connection: DuckDBConnection) throws {
        let snapshot = try json(manifest).decoded(as: Snapshot.self)
        let table = DuckDBConnection.quoted(identifier: "\(name)_profile")
        try connection.execute(
            """
            CREATE TABLE \(table) ("column" VARCHAR, type VARCHAR, count BIGINT, nulls BIGINT, distinct_values BIGINT,
                                  minimum VARCHAR, maximum VARCHAR, mean DOUBLE, quantiles VARCHAR)
            """
        )
        let shares = ColumnProfile.quantileShares.map { "p\(($0 * 100).formatted(places: 0))" }
        try fill(
            "\(name)_profile", connection,
            snapshot.profile.map { column in
                let quantiles = zip(shares, column.quantiles).map { "\($0) \($1.text)" }.joined(separator: ", ")
                return [
                    .text(column.name), .text(column.type.rawValue), .integer(Int64(column.count)), .integer(Int64(column.nullCount)),
                    .integer(Int64(column.distinctCount)), column.minimum.map { .text($0.text) } ?? .missing,
                    column.maximum.map { .text($0.text) } ?? .missing, .real(column.mean ?? .nan), .text(quantiles),
                ]
            })
    }

    private func makeRuns(_ runs: [TrackedRun], _ connection: DuckDBConnection) throws {
        try connection.execute(
            """
            CREATE TABLE runs (id VARCHAR, name VARCHAR, status VARCHAR, started_at VARCHAR, ended_at VARCHAR);
            CREATE TABLE run_parameters (run VARCHAR, key VARCHAR, value VARCHAR);
            CREATE TABLE run_metrics (run VARCHAR, key VARCHAR, value DOUBLE)
            """
        )
        func time(_ milliseconds: Int64) -> Value {
            // What a client tells may be any number.
            let (microseconds, isBeyond) = milliseconds.multipliedReportingOverflow(by: 1_000)
            return isBeyond ? .missing : .text(Timestamp(microseconds: microseconds).description)
        }
        try fill(
            "runs", connection,
            runs.map { run in
                [
                    .text(run.info.id), .text(run.info.name), .text("\(run.info.status)"), time(run.info.startedAt),
                    run.info.endedAt.map(time) ?? .missing,
                ]
            })
        try fill(
            "run_parameters", connection,
            runs.flatMap { run in run.parameters.map { [.text(run.info.id), .text($0.key), .text($0.value)] } })
        try fill(
            "run_metrics", connection, runs.flatMap { run in run.metrics.map { [.text(run.info.id), .text($0.key), .real($0.value)] } })
    }

    private func makeReleases(_ connection: DuckDBConnection) throws {
        try connection.execute(
            """
            CREATE TABLE releases (endpoint VARCHAR, version BIGINT, digest VARCHAR, run VARCHAR, created_at VARCHAR);
            CREATE TABLE moves (endpoint VARCHAR, moved_at VARCHAR, action VARCHAR, release VARCHAR, "by" VARCHAR, reason VARCHAR)
            """
        )
        for endpoint in project.endpoints.keys.sorted() {
            try fill(
                "releases", connection,
                records.releases(name: endpoint).map { release in
                    [
                        .text(endpoint), .integer(Int64(release.version)), .text(release.digest.description),
                        release.run.map(Value.text) ?? .missing, .text(release.createdAt.description),
                    ]
                })
            try fill(
                "moves", connection,
                records.moves(endpoint: endpoint).map { move in
                    [
                        .text(endpoint), .text(move.at.description), .text(move.action.rawValue), .text(move.release.description),
                        .text(move.by), .text(move.reason),
                    ]
                })
        }
    }

    private func fill(_ table: String, _ connection: DuckDBConnection, _ rows: [[Value]]) throws {
        let appender = try connection.appender(table: table)
        for row in rows { try appender.append(row: row) }
        try appender.close()
    }
}

extension ColumnProfile.Statistic {
    /// The statistic in words.
    fileprivate var text: String {
        switch self {
        case .number(let number): JSONValue.number(number).canonicalText
        case .text(let text): text
        }
    }
}
