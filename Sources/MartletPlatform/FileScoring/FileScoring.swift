import Foundation
import MartletCore
import MartletData
import MartletEngines
import MartletStore

/// Scores files of rows with a forest: Parquet, CSV or JSON lines in, one of them out, a part at a time.
///
/// Each thread has DuckDB read a part and write what is scored of it, with the model as a function of SQL: nothing is copied but
/// the features, and memory does not grow with the input. Parts that are finished are kept, so that a killed process goes on with
/// the others; at the end they are joined byte by byte. The same input gives the same bytes, whatever the number of threads.
package struct FileScoring {
    /// What can be chosen.
    package struct Options: Sendable {
        /// The features' columns in the model's order; `nil` takes those of the features' names.
        package var features: [String]?
        /// Raw scores instead of predictions.
        package var raw = false
        /// Takes the place of an output that is there.
        package var overwrite = false
        /// How many parts are under way at once; `nil` takes all processors.
        package var threads: Int?
        /// What DuckDB may take, in 10⁶ bytes; `nil` is 512 for each thread, and at most 60 % of the machine's memory.
        package var memoryLimitMegabytes: Int?
        /// The most rows of a part: what a killed process loses for each thread.
        package var partRowCount = 500_000

        package init() {}
    }

    /// What happens on the way.
    package enum Event: Sendable, Equatable {
        /// Rows that were scored before a process was killed.
        case resumed(rows: Int)
        /// Parts were there and are of no use: what differs, in words.
        case startedAnew(because: String)
        /// Text is turned into Parquet, which can be read in parts.
        case converting
        case progress(done: Int, of: Int)
        case joining
    }

    /// How it went.
    package struct Result: Sendable, Equatable {
        /// All rows of the output.
        package var rows = 0
        /// Those of them that were scored before.
        package var resumedRows = 0
        package var parts = 0
        package var files = 0
        package var threads = 0
        package var memoryLimitMegabytes = 0
    }

    private static let memoryPerThreadMegabytes = 512
    /// With less than this for each thread, fewer threads run.
    private static let memoryPerThreadMinMegabytes = 96
    private static let threadCountMax = 1024

    private let model: ScoringModel
    private let options: Options
    private let threads: Int
    private let memoryLimitMegabytes: Int

    /// - Throws: `invalidInput` for numbers out of range.
    package init(_ model: ScoringModel, _ options: Options = Options()) throws {
        self.model = model
        self.options = options
        let wanted = options.threads ?? Processors.usableCount
        let machineMegabytes = Int(ProcessInfo.processInfo.physicalMemory / 1_000_000) * 6 / 10
        let megabytes =
            options.memoryLimitMegabytes
            ?? max(
                Self.memoryPerThreadMinMegabytes,
                min(machineMegabytes, Self.memoryPerThreadMegabytes * max(1, min(wanted, Self.threadCountMax))))
        guard (1...Self.threadCountMax).contains(wanted), megabytes >= Self.memoryPerThreadMinMegabytes, options.partRowCount > 0 else {
            throw MartletError(
                .invalidInput,
                "expected 1 to \(Self.threadCountMax) threads, at least \(Self.memoryPerThreadMinMegabytes) MB of memory and parts of at least a row, "
                    + "found \(wanted), \(megabytes) and \(options.partRowCount)"
            )
        }
        threads = min(wanted, max(1, megabytes / Self.memoryPerThreadMinMegabytes))
        memoryLimitMegabytes = megabytes
    }

    /// Scores `input` (a file, a folder or a pattern) into the file `output`: every column that is no feature, and `prediction`.
    /// - Throws: `invalidInput` where columns do not match or a file is damaged, `conflict` where the output exists, `notFound`,
    ///   `storage`, `limitExceeded`, `locked`.
    package func run(input: String, output: String, observe: (Event) -> Void) throws -> Result {
        SegmentWriter.ignoreFileSizeSignal()
        let format = try ScoringFormat(path: output)
        let connection = try database(threads: threads).connect()
        let source = try ScoringInput(input, connection)
        let target = try ScoringTarget(output, for: source, overwrite: options.overwrite)
        let schema = try ScoringSchema(
            source.columns, for: model, named: options.features, outputs: model.outputs(raw: options.raw), input: input)
        let query = ScoringQuery(schema, model, raw: options.raw)
        let folder = try ScoringFolder(output: target.path)
        let manifest = try manifest(source, query, format)
        if let rows = try folder.finishedRowCount(of: manifest) {
            try folder.remove()
            return result(rows: rows, resumed: rows, files: source.files.count)
        }
        try target.refuseExisting()
        announce(try folder.open(manifest), observe)
        do {
            return try score(source, query, format, folder, connection, observe)
        } catch {
            // Its own error is the one to tell; a folder with nothing in it is of no use.
            try? folder.removeIfNothingIsFinished()
            throw error
        }
    }

    private func score(
        _ source: ScoringInput, _ query: ScoringQuery, _ format: ScoringFormat, _ folder: ScoringFolder, _ connection: DuckDBConnection,
        _ observe: (Event) -> Void
    ) throws -> Result {
        let table = try source.format == .parquet ? source : converted(source, folder, connection, observe)
        let parts = ScoringPart.plan(
            try table.rowCounts(connection), rowCountMax: options.partRowCount, canCut: table.canBeCut)
        let resumed = parts.filter { folder.has(folder.part($0.number)) }.map(\.rowCount).reduce(0, +)
        if resumed > 0 { observe(.resumed(rows: resumed)) }
        let groups = ScoringFormat.rowGroupRowCount(rowWidthBytes: try table.rowWidthBytes(connection))
        let work = ScoringWork(parts: parts, table: table, query: query, format: format, folder: folder, rowGroupRowCount: groups)
        try work.run(on: try database(threads: 1, spill: folder.file("spill")), threads: threads) { done, total in
            observe(.progress(done: done, of: total))
        }
        try source.checkUnchanged()
        observe(.joining)
        let joined = ScoringFolder.partial(folder.file("joined"))
        let rows = parts.map(\.rowCount).reduce(0, +)
        try format.join(parts.map { folder.part($0.number) }, into: joined)
        try folder.finish(joined, rowCount: rows)
        return result(rows: rows, resumed: resumed, parts: parts.count, files: source.files.count)
    }

    /// The input as one Parquet file in the folder, made where it is not there yet.
    private func converted(
        _ source: ScoringInput, _ folder: ScoringFolder, _ connection: DuckDBConnection, _ observe: (Event) -> Void
    ) throws -> ScoringInput {
        let path = folder.file("converted.parquet")
        if !folder.has(path) {
            observe(.converting)
            let partial = DuckDBConnection.quoted(literal: ScoringFolder.partial(path))
            do {
                let groups = ScoringFormat.rowGroupRowCount(rowWidthBytes: try source.rowWidthBytes(connection))
                try connection.execute(
                    "COPY (SELECT * FROM \(source.source(source.files.map(\.path)))) TO \(partial) "
                        + "(FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE \(groups))")
            } catch let error as MartletError {
                throw ScoringFault.reading(error, "'\(source.text)'")
            }
            try ScoringFolder.keep(path)
        }
        return try ScoringInput(path, connection)
    }

    /// What the parts are of: another value makes them useless.
    private func manifest(_ source: ScoringInput, _ query: ScoringQuery, _ format: ScoringFormat) throws -> JSONValue {
        [
            "model": .string(model.digest.description), "input": source.definition, "query": query.definition, "format": format.definition,
            "part rows": .integer(Int64(options.partRowCount)),
            "program": .string("martlet \(Platform.version), DuckDB \(try DuckDBDatabase.libraryVersion)"),
        ]
    }

    private func announce(_ found: ScoringFolder.Found, _ observe: (Event) -> Void) {
        guard case .other(let members) = found else { return }
        let words = ["format": "output's format", "query": "choice of columns or of raw scores", "part rows": "size of parts"]
        observe(.startedAnew(because: "the \(members.map { words[$0] ?? $0 }.joined(separator: ", the ")) changed"))
    }

    private func result(rows: Int, resumed: Int, parts: Int = 0, files: Int) -> Result {
        Result(
            rows: rows, resumedRows: resumed, parts: parts, files: files, threads: threads, memoryLimitMegabytes: memoryLimitMegabytes)
    }

    private func database(threads: Int, spill: String? = nil) throws -> DuckDBDatabase {
        let database = try DuckDBDatabase(threads: threads, memoryLimitMegabytes: memoryLimitMegabytes, temporaryFolder: spill)
        // Prefetching would keep whole row groups of the input in memory. With statistics, a part in whose files no value of a column
        // is missing would have another schema than the others, and could not be joined.
        try database.connect().execute(
            "SET GLOBAL disable_parquet_prefetching = true; SET GLOBAL parquet_metadata_cache = true; "
                + "SET GLOBAL enable_external_file_cache = false; SET GLOBAL disabled_optimizers = 'statistics_propagation'")
        return database
    }
}
