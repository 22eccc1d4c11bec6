import Dispatch
import Foundation
import MartletCore
import Synchronization

/// Group commit: writes wait in a queue for one thread, which makes all that wait in one transaction, commits once and then
/// acknowledges them.
///
/// Of several, each write has a savepoint, so that one that throws is undone alone. The thread lives until `close()`, which the owner must call.
package final class SQLWriteQueue: Sendable {
    /// The most writes that wait.
    package static let queueCountMax = 10_000
    /// The most writes of one transaction, so that none waits long for others.
    package static let groupCountMax = 256

    /// Gives a closure the writing connection, and nobody else meanwhile.
    package typealias Access = @Sendable (_ body: (any SQLConnection) -> Void) throws -> Void

    /// Tells a write that it is durable.
    private typealias Acknowledgement = @Sendable () -> Void

    private struct Pending {
        let perform: @Sendable (any SQLConnection) throws -> Acknowledgement
        let refuse: @Sendable (any Error) -> Void
    }

    private struct State {
        var queue: [Pending] = []
        var isClosed = false
        var hasEnded = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let name: String
    private let access: Access
    private let queueCountMax: Int
    private let state = Mutex(State())
    /// Raised once whenever the queue ceases to be empty, and once by a close of an empty queue; the thread takes the queue only
    /// after having lowered it. So it stands at 1 while there is something to take and at 0 otherwise.
    private let work = DispatchSemaphore(value: 0)

    /// Starts the thread.
    /// - Parameter name: of the database, for messages.
    /// - Parameter queueCountMax: the most writes that wait, 1…`SQLWriteQueue.queueCountMax`.
    package init(_ name: String, queueCountMax: Int = SQLWriteQueue.queueCountMax, access: @escaping Access) {
        self.name = name
        self.access = access
        self.queueCountMax = min(max(1, queueCountMax), Self.queueCountMax)
        let thread = Thread { self.run() }
        thread.name = "martlet-sql"
        thread.start()
    }

    /// Queues a write; returns when its transaction has been committed.
    package func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let pending = Pending(
                perform: { connection in
                    let value = try body(connection)
                    return { continuation.resume(returning: value) }
                },
                refuse: { continuation.resume(throwing: $0) }
            )
            if let refusal = state.withLock({ enqueue(pending, &$0) }) { continuation.resume(throwing: refusal) }
        }
    }

    /// Refuses later writes, carries out what waits and ends the thread. Later calls only wait for that.
    package func close() async {
        await withCheckedContinuation { closer in
            let hasEnded = state.withLock { state in
                if !state.isClosed, state.queue.isEmpty { work.signal() }
                state.isClosed = true
                if !state.hasEnded { state.closers.append(closer) }
                return state.hasEnded
            }
            if hasEnded { closer.resume() }
        }
    }

    /// How many writes wait for the thread, apart from those that it is making.
    package var waitingCount: Int { state.withLock { $0.queue.count } }

    private func enqueue(_ pending: Pending, _ state: inout State) -> MartletError? {
        if state.isClosed { return MartletError(.unavailable, "\(name) is closed; write before the server stops") }
        guard state.queue.count < queueCountMax else {
            return MartletError(.overloaded, "\(name): \(queueCountMax) writes wait already; try again", retryAfterSeconds: 1)
        }
        if state.queue.isEmpty { work.signal() }
        state.queue.append(pending)
        return nil
    }
}

// MARK: - The thread

extension SQLWriteQueue {
    private func run() {
        var isOpen = true
        while isOpen {
            work.wait()
            let (queue, isClosed) = state.withLock { state in
                defer { state.queue = [] }
                return (state.queue, state.isClosed)
            }
            var rest = queue[...]
            while !rest.isEmpty {
                commit(rest.prefix(Self.groupCountMax))
                rest = rest.dropFirst(Self.groupCountMax)
            }
            isOpen = !isClosed
        }
        let closers = state.withLock { state in
            state.hasEnded = true
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    /// Makes a group's writes in one transaction. Nobody is told before it has ended, as a failed commit undoes them all.
    private func commit(_ group: ArraySlice<Pending>) {
        var outcomes: [Result<Acknowledgement, any Error>] = []
        var failure: (any Error)?
        do {
            try access { connection in
                do {
                    try begin(connection)
                    if group.count == 1, let pending = group.first {
                        // It is undone with its transaction.
                        outcomes.append(.success(try pending.perform(connection)))
                    } else {
                        for pending in group { outcomes.append(try self.outcome(of: pending, connection)) }
                    }
                    try connection.execute("COMMIT")
                } catch {
                    failure = error
                    rollback(connection)
                }
            }
        } catch {
            failure = error
        }
        tell(group, outcomes, failure)
    }

    private func begin(_ connection: any SQLConnection) throws {
        if connection.isInTransaction { rollback(connection) }
        try connection.beginWrite()
    }

    /// What a write returned or threw. - Throws: where the transaction cannot go on.
    private func outcome(of pending: Pending, _ connection: any SQLConnection) throws -> Result<Acknowledgement, any Error> {
        try connection.executeWithNext("SAVEPOINT one_write")
        do {
            let acknowledgement = try pending.perform(connection)
            try connection.executeWithNext("RELEASE SAVEPOINT one_write")
            return .success(acknowledgement)
        } catch {
            // A full disk, for one, has ended the whole transaction.
            guard connection.isInTransaction else { throw error }
            try connection.execute("ROLLBACK TO SAVEPOINT one_write")
            try connection.executeWithNext("RELEASE SAVEPOINT one_write")
            return .failure(error)
        }
    }

    /// A rollback that fails leaves the transaction open, which the next group tries to end again before it begins its own.
    private func rollback(_ connection: any SQLConnection) {
        if connection.isInTransaction { _ = try? connection.execute("ROLLBACK") }
    }

    /// A write that was refused for its own sake is told that, whatever became of the others.
    private func tell(_ group: ArraySlice<Pending>, _ outcomes: [Result<Acknowledgement, any Error>], _ failure: (any Error)?) {
        for (place, pending) in group.enumerated() {
            let outcome = place < outcomes.count ? outcomes[place] : nil
            switch (outcome, failure) {
            case (.failure(let error), _), (_, let error?): pending.refuse(error)
            case (.success(let acknowledge), nil): acknowledge()
            case (nil, nil): pending.refuse(MartletError(.storage, "\(name): a write was not made; try again"))
            }
        }
    }
}
