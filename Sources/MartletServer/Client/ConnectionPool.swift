import MartletCore
import NIOCore
import NIOPosix
import Synchronization

/// A connection that is lent to one request.
struct ClientConnection: Sendable {
    let channel: any Channel
    /// Whether it has carried a request before, and so may have been closed by the server meanwhile.
    let isReused: Bool
}

/// A client's connections: a bounded number, lent to one request each, in the order of asking.
final class ConnectionPool: Sendable {
    /// What a request that waited gets: a connection, or the room to make one.
    private enum Grant: Sendable {
        case connection(ClientConnection)
        case room
    }

    private struct State {
        var resting: [any Channel] = []
        var openCount = 0
        var waiting = CircularBuffer<(number: Int, promise: EventLoopPromise<Grant>)>()
        var waiterNumber = 0
        var isClosed = false
    }

    private enum Decision {
        case grant(Grant)
        case wait(Int, EventLoopPromise<Grant>)
        case refuse(MartletError)
    }

    private let address: ServerAddress
    private let configuration: HTTPClientConfiguration
    private let group = EventLoops.shared
    private let state = Mutex(State())

    init(address: ServerAddress, configuration: HTTPClientConfiguration) {
        self.address = address
        self.configuration = configuration
    }

    // MARK: Lending

    func lease() async throws -> ClientConnection {
        switch decide() {
        case .refuse(let error): throw error
        case .grant(let grant): return try await redeem(grant)
        case .wait(let number, let promise): return try await redeem(wait(number, promise))
        }
    }

    private func decide() -> Decision {
        state.withLock { state in
            guard !state.isClosed else {
                return .refuse(MartletError(.unavailable, "the client of \(address) is closed"))
            }
            while let channel = state.resting.popLast() {
                if channel.isActive { return .grant(.connection(ClientConnection(channel: channel, isReused: true))) }
                state.openCount -= 1
            }
            if state.openCount < configuration.connectionCountMax {
                state.openCount += 1
                return .grant(.room)
            }
            guard state.waiting.count < configuration.waiterCountMax else {
                let limit = configuration.waiterCountMax
                return .refuse(
                    MartletError(.overloaded, "\(limit) requests to \(address) wait, which is the limit; send fewer")
                )
            }
            state.waiterNumber += 1
            let promise = group.any().makePromise(of: Grant.self)
            state.waiting.append((state.waiterNumber, promise))
            return .wait(state.waiterNumber, promise)
        }
    }

    private func wait(_ number: Int, _ promise: EventLoopPromise<Grant>) async throws -> Grant {
        let timeout = promise.futureResult.eventLoop.scheduleTask(in: TimeAmount(configuration.requestTimeout)) {
            self.giveUp(number, ClientFault.timedOut.described(self.address, self.configuration))
        }
        defer { timeout.cancel() }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            giveUp(number, CancellationError())
        }
    }

    private func giveUp(_ number: Int, _ error: any Error) {
        let promise = state.withLock { state -> EventLoopPromise<Grant>? in
            guard let position = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: position).promise
        }
        promise?.fail(error)
    }

    private func redeem(_ grant: Grant) async throws -> ClientConnection {
        if case .connection(let connection) = grant { return connection }
        do {
            return ClientConnection(channel: try await connect(), isReused: false)
        } catch {
            freeRoom()
            throw (error as? ClientFault)?.described(address, configuration) ?? error
        }
    }

    private func connect() async throws -> any Channel {
        let tls = address.scheme == "https" ? try configuration.tls ?? ClientTLS() : nil
        return try await ClientConnector(configuration: configuration, tls: tls, host: address.host).connect(to: address)
    }

    // MARK: Giving back

    func release(_ connection: ClientConnection, isReusable: Bool) {
        guard isReusable, connection.channel.isActive else {
            connection.channel.close(promise: nil)
            return freeRoom()
        }
        let (isKept, waiter) = state.withLock { state -> (Bool, EventLoopPromise<Grant>?) in
            if let waiter = state.waiting.popFirst() { return (true, waiter.promise) }
            if state.isClosed { return (false, nil) }
            state.resting.append(connection.channel)
            return (true, nil)
        }
        waiter?.succeed(.connection(ClientConnection(channel: connection.channel, isReused: true)))
        if !isKept {
            connection.channel.close(promise: nil)
            freeRoom()
        }
    }

    /// Passes the room of a connection that is no more to the next who waits.
    private func freeRoom() {
        let waiter = state.withLock { state -> EventLoopPromise<Grant>? in
            if let waiter = state.waiting.popFirst() { return waiter.promise }
            state.openCount -= 1
            return nil
        }
        waiter?.succeed(.room)
    }

    func close() {
        let (resting, waiting) = state.withLock { state in
            defer {
                state.openCount -= state.resting.count
                state.resting = []
                state.waiting.removeAll()
                state.isClosed = true
            }
            return (state.resting, Array(state.waiting))
        }
        for channel in resting { channel.close(promise: nil) }
        let error = MartletError(.unavailable, "the client of \(address) was closed while a request waited")
        for waiter in waiting { waiter.promise.fail(error) }
    }
}
