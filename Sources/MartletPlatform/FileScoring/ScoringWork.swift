import MartletCore
import MartletEngines
import Synchronization

/// Scores the parts that are not there yet, several at once.
final class ScoringWork: Sendable {
    private struct State {
        var waiting: ArraySlice<ScoringPart>
        var failure: (any Error)?
    }

    private let state: Mutex<State>
    private let rowsDone: Atomic<Int>
    private let rowCount: Int
    private let query: ScoringQuery
    private let format: ScoringFormat
    private let folder: ScoringFolder
    private let rowGroupRowCount: Int
    private let source: @Sendable (ScoringPart) -> String

    init(
        parts: [ScoringPart], table: ScoringInput, query: ScoringQuery, format: ScoringFormat, folder: ScoringFolder,
        rowGroupRowCount: Int
    ) {
        let waiting = parts.filter { !folder.has(folder.part($0.number)) }
        state = Mutex(State(waiting: waiting[...]))
        rowCount = parts.map(\.rowCount).reduce(0, +)
        rowsDone = Atomic(rowCount - waiting.map(\.rowCount).reduce(0, +))
        self.query = query
        self.format = format
        self.folder = folder
        self.rowGroupRowCount = rowGroupRowCount
        source = { table.source($0.files) }
    }

    /// Scores them all, or throws the first error; parts that are under way by then are still finished.
    /// - Parameter database: with one thread of its own, so that each of ours runs its query alone.
    func run(on database: DuckDBDatabase, threads: Int, progress: (Int, Int) -> Void) throws {
        try query.prepare(try database.connect()) { [self] in rowsDone.add($0, ordering: .relaxed) }
        let waiting = state.withLock { $0.waiting.count }
        ScoringThreads.run(
            count: min(threads, waiting),
            tick: { progress(min(rowsDone.load(ordering: .relaxed), rowCount), rowCount) },
            { [self] in work(on: database) }
        )
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    private func work(on database: DuckDBDatabase) {
        do {
            let connection = try database.connect()
            while let part = next() { try score(part, connection) }
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
        }
    }

    private func next() -> ScoringPart? {
        state.withLock { $0.failure == nil ? $0.waiting.popFirst() : nil }
    }

    private func score(_ part: ScoringPart, _ connection: DuckDBConnection) throws {
        let condition = part.rows.map { "\(ScoringInput.rowNumber) BETWEEN \($0.lowerBound) AND \($0.upperBound - 1)" }
        let path = folder.part(part.number)
        let place = DuckDBConnection.quoted(literal: ScoringFolder.partial(path))
        let options = "\(format.copyOptions(isFirst: part.number == 0, rowGroupRowCount: rowGroupRowCount)), USE_TMP_FILE false"
        let words = part.rows.map { "'\(part.files[0])', rows \($0.lowerBound + 1) to \($0.upperBound)," } ?? "'\(part.files[0])'"
        do {
            let written = try connection.query("COPY (\(query.select(from: source(part), where: condition))) TO \(place) (\(options))")
            let count = try written.columns.first?.integers().first ?? 0
            guard count == part.rowCount else {
                throw MartletError(.conflict, "\(words): expected \(part.rowCount) rows, found \(count); it changed, so score it again")
            }
        } catch let error as MartletError {
            throw ScoringFault.reading(error, words)
        }
        try ScoringFolder.keep(path)
    }
}
