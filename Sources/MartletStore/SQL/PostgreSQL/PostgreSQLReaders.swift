import Dispatch
import Foundation
import MartletCore
import Synchronization

/// Threads that read, each with a connection of its own, which are made as they are needed.
final class PostgreSQLReaders: Sendable {
    private typealias Job = @Sendable (PostgreSQLReader) -> Void

    private struct State {
        var queue: ArraySlice<Job> = []
        var idleCount = 0
        var threadCount = 0
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let address: PostgreSQLAddress
    private let threadCountMax: Int
    private let queueCountMax: Int
    private let state = Mutex(State())
    /// Raised once for each job, and once for each thread that is to end.
    private let work = DispatchSemaphore(value: 0)

    init(_ address: PostgreSQLAddress, threadCountMax: Int, queueCountMax: Int) {
        self.address = address
        self.threadCountMax = max(1, threadCountMax)
        self.queueCountMax = queueCountMax
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await SQLReadTurn.waiting { turn, continuation in
            let job: Job = { reader in
                guard !turn.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                reader.read(turn, body) { continuation.resume(with: $0) }
            }
            if let refusal = state.withLock({ enqueue(job, &$0) }) { continuation.resume(throwing: refusal) }
        }
    }

    /// Refuses later reads, carries out what waits and closes the connections.
    func close() async {
        await withCheckedContinuation { closer in
            let hasEnded = state.withLock { state in
                if !state.isClosed { for _ in 0..<state.threadCount { work.signal() } }
                state.isClosed = true
                if state.threadCount > 0 { state.closers.append(closer) }
                return state.threadCount == 0
            }
            if hasEnded { closer.resume() }
        }
    }

    private func enqueue(_ job: @escaping Job, _ state: inout State) -> MartletError? {
        if state.isClosed { return MartletError(.unavailable, "the database '\(address)' is closed; read before the server stops") }
        guard state.queue.count < queueCountMax else {
            return MartletError(
                .overloaded, "the database '\(address)': \(queueCountMax) reads wait already; try again", retryAfterSeconds: 1)
        }
        state.queue.append(job)
        if state.queue.count > state.idleCount, state.threadCount < threadCountMax {
            state.threadCount += 1
            let thread = Thread { self.run() }
            thread.name = "martlet-sql-read"
            thread.start()
        }
        work.signal()
        return nil
    }

    private func run() {
        let reader = PostgreSQLReader(address)
        while true {
            state.withLock { $0.idleCount += 1 }
            work.wait()
            let job = state.withLock { state in
                state.idleCount -= 1
                return state.queue.popFirst()
            }
            guard let job else { break }
            job(reader)
        }
        reader.close()
        let closers = state.withLock { state in
            state.threadCount -= 1
            return state.threadCount == 0 ? state.closers : []
        }
        for closer in closers { closer.resume() }
    }
}

/// The connection of one thread that reads.
final class PostgreSQLReader {
    /// How often a read is tried where the connection is lost, or others change the same.
    static let tryCountMax = 3
    /// How long it waits before it tries again, for each time that it tried.
    static let pauseSeconds = 0.1
    /// How long a statement may read.
    static let statementSecondsMax = 60

    private let address: PostgreSQLAddress
    private var connection: PostgreSQLConnection?

    init(_ address: PostgreSQLAddress) { self.address = address }

    func close() { connection = nil }

    /// Reads one state of the database. The answer is given before the transaction has ended.
    func read<Value>(
        _ turn: SQLReadTurn, _ body: (any SQLConnection) throws -> Value, _ answer: (Result<Value, any Error>) -> Void
    ) {
        for number in 1...Self.tryCountMax {
            do {
                answer(.success(try usableConnection().read(turn, body)))
                return end("COMMIT")
            } catch {
                let isPassing = connection?.hasPassingFailure ?? true
                end("ROLLBACK")
                if isPassing { connection = nil }
                if turn.isCancelled { return answer(.failure(CancellationError())) }
                guard isPassing, number < Self.tryCountMax else { return answer(.failure(error)) }
                Thread.sleep(forTimeInterval: Self.pauseSeconds * Double(number))
            }
        }
    }

    private func usableConnection() throws -> PostgreSQLConnection {
        if let connection, connection.isUsable { return connection }
        connection = nil
        let made = try PostgreSQLConnection(address)
        try made.execute("SET statement_timeout = '\(Self.statementSecondsMax)s'")
        connection = made
        return made
    }

    /// Nothing depends on how a read ends; a connection on which it does not end is of no more use.
    private func end(_ statement: String) {
        guard let connection, connection.isInTransaction else { return }
        do { try connection.execute(statement) } catch { self.connection = nil }
    }
}
