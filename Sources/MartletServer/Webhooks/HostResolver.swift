import Dispatch
import MartletCore
import NIOCore

/// Who finds the address of a host.
protocol HostResolver: Sendable {
    /// - Throws: where there is none, or none was found in time.
    func address(of host: String, port: Int) async throws -> SocketAddress
}

/// The system's own way to find addresses, on threads apart, since it blocks.
struct SystemHostResolver: HostResolver {
    let timeout: Duration

    func address(of host: String, port: Int) async throws -> SocketAddress {
        let promise = EventLoops.shared.any().makePromise(of: SocketAddress.self)
        let late = promise.futureResult.eventLoop.scheduleTask(in: TimeAmount(timeout)) {
            promise.fail(MartletError(.unavailable, "the address of '\(host)' was not found within \(timeout)"))
        }
        defer { late.cancel() }
        // A search that is too late ends by itself, and tells nobody.
        DispatchQueue.global().async { promise.completeWith(Result { try SocketAddress.makeAddressResolvingHost(host, port: port) }) }
        return try await promise.futureResult.get()
    }
}
