import MartletCore
import NIOCore

/// A fault of the server's own, with what the client was not told.
package struct HTTPFailure: Sendable, CustomStringConvertible {
    /// The id that the client has.
    package let requestID: String
    /// The template of the route that failed.
    package let route: String
    /// What the handler threw.
    package let error: any Error

    /// Makes a failure.
    package init(requestID: String, route: String, error: any Error) {
        self.requestID = requestID
        self.route = route
        self.error = error
    }

    /// One line.
    package var description: String { "request \(requestID) to \(route): \(error)" }
}

/// What all connections of a server share.
final class ServerCore: Sendable {
    let configuration: HTTPServerConfiguration
    let routes: RouteTable
    let load: ServerLoad
    let metrics: ServerMetrics
    let timeouts: Timeouts
    let date = HTTPDate()
    /// Whether all requests come by TLS.
    let isEncrypted: Bool
    private let report: @Sendable (HTTPFailure) -> Void

    init(
        configuration: HTTPServerConfiguration, router: Router, metrics: MetricsRegistry,
        report: @escaping @Sendable (HTTPFailure) -> Void
    ) {
        self.configuration = configuration
        timeouts = Timeouts(configuration)
        isEncrypted = configuration.tls != nil
        routes = router.table
        self.report = report
        load = ServerLoad(configuration: configuration)
        self.metrics = ServerMetrics(metrics, routes: router.routes, load: load)
    }

    /// What a handler answers; its errors become answers, and faults of the server's own are reported.
    func respond(
        _ request: HTTPRequest, _ route: Route, _ parameters: RouteParameters, _ handler: RouteHandler
    ) async -> HTTPResponse {
        do {
            return try finished(try await handler(request, parameters), to: request)
        } catch {
            return answer(to: error, request, route)
        }
    }

    /// The same, of a handler that never suspends.
    func respond(
        _ request: HTTPRequest, _ route: Route, _ parameters: RouteParameters, immediately handler: ImmediateRouteHandler
    ) -> HTTPResponse {
        do {
            return try finished(try handler(request, parameters), to: request)
        } catch {
            return answer(to: error, request, route)
        }
    }

    /// The same, of a handler that may have more to do.
    func begin(_ request: HTTPRequest, _ route: Route, _ parameters: RouteParameters, _ handler: StagedRouteHandler) -> StagedAnswer {
        do {
            let staged = try handler(request, parameters)
            guard case .now(let response) = staged else { return staged }
            return .now(try finished(response, to: request))
        } catch {
            return .now(answer(to: error, request, route))
        }
    }

    private func finished(_ response: HTTPResponse, to request: HTTPRequest) throws -> HTTPResponse {
        try Self.check(response)
        guard response.body.count >= configuration.compressedSizeMinBytes else { return response }
        return response.compressed(request.headers["accept-encoding"], sizeMinBytes: configuration.compressedSizeMinBytes)
    }

    private func answer(to error: any Error, _ request: HTTPRequest, _ route: Route) -> HTTPResponse {
        let response = Self.answer(to: error)
        if response.status == 500 { report(HTTPFailure(requestID: request.id, route: route.template, error: error)) }
        return response
    }

    private static func check(_ response: HTTPResponse) throws {
        guard (200...599).contains(response.status) else {
            throw MartletError(.corrupt, "an answer's status: expected 200 to 599, found \(response.status)")
        }
        guard let name = response.headers.firstUnsendable else { return }
        throw MartletError(
            .corrupt, "an answer's header '\(RequestTarget.quoted(name))' holds characters that break it")
    }

    static func answer(to error: any Error) -> HTTPResponse {
        switch error {
        case let error as MartletError: .failure(error)
        case is CancellationError: .busy(503, "the request was cancelled before it was answered; try again")
        default: .internalFailure
        }
    }
}

/// The times that a connection's phases are allowed, as event loops count them.
struct Timeouts: Sendable {
    let idle: TimeAmount
    let read: TimeAmount
    let request: TimeAmount
    let write: TimeAmount
    let linger: TimeAmount

    init(_ configuration: HTTPServerConfiguration) {
        idle = TimeAmount(configuration.idleTimeout)
        read = TimeAmount(configuration.readTimeout)
        request = TimeAmount(configuration.requestDeadline)
        write = TimeAmount(configuration.writeTimeout)
        linger = TimeAmount(configuration.lingerTimeout)
    }
}
