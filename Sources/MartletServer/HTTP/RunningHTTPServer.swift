import NIOCore

/// A server that listens.
package final class RunningHTTPServer: Sendable {
    /// How a server stopped.
    package struct Drained: Sendable, Equatable {
        /// Connections that were still busy when the grace period ended, and were closed.
        package let connectionsCut: Int
        /// Handlers that had not returned when the server gave up on them, although they were cancelled.
        package let handlersAbandoned: Int

        /// Makes the account of an end, which was smooth where both are zero.
        package init(connectionsCut: Int = 0, handlersAbandoned: Int = 0) {
            self.connectionsCut = connectionsCut
            self.handlersAbandoned = handlersAbandoned
        }
    }

    /// Where it listens, with the port that was found.
    package let address: ServerAddress

    let core: ServerCore
    private let listener: any Channel

    init(core: ServerCore, listener: any Channel) {
        self.core = core
        self.listener = listener
        let wanted = core.configuration.address
        let scheme = core.configuration.tls == nil ? "http" : "https"
        address = ServerAddress(host: wanted.host, port: listener.localAddress?.port ?? wanted.port, scheme: scheme)
    }

    /// Whether new requests should be sent here: true until draining begins.
    package var isReady: Bool { !core.load.isDraining }

    /// Stops: no more connections, resting ones are closed at once, running requests may finish within the grace
    /// period and are the last of their connections; then what is left is cancelled and closed.
    ///
    /// A second call waits until the first is done, and returns zeros.
    @discardableResult
    package func drain(gracePeriod: Duration) async -> Drained {
        guard let open = core.load.beginDraining() else {
            await core.load.waitUntilIdle()
            return Drained()
        }
        // A listener that is closed already is as good as one that closes now.
        try? await listener.close()
        for channel in open { channel.pipeline.fireUserInboundEventTriggered(DrainEvent()) }
        let load = core.load
        let hardEnd = listener.eventLoop.scheduleTask(in: TimeAmount(gracePeriod)) {
            for channel in load.cut() { channel.close(promise: nil) }
        }
        let lastEnd = listener.eventLoop.scheduleTask(
            in: TimeAmount(gracePeriod + core.configuration.cancellationPeriod)
        ) {
            load.giveUp()
        }
        await load.waitUntilIdle()
        hardEnd.cancel()
        lastEnd.cancel()
        return Drained(connectionsCut: load.cutCount, handlersAbandoned: load.runningCount)
    }
}
