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

    /// One line.
    package var description: String { "request \(requestID) to \(route): \(error)" }
}

/// What all connections of a server share.
final class ServerCore: Sendable {
    let configuration: HTTPServerConfiguration
    let router: Router
    let load: ServerLoad
    let metrics: ServerMetrics
    let date = HTTPDate()
    private let report: @Sendable (HTTPFailure) -> Void

    init(
        configuration: HTTPServerConfiguration, router: Router, metrics: MetricsRegistry,
        report: @escaping @Sendable (HTTPFailure) -> Void
    ) {
        self.configuration = configuration
        self.router = router
        self.metrics = ServerMetrics(metrics, routes: router.routes)
        self.report = report
        load = ServerLoad(configuration: configuration)
    }

    func bodySizeMaxBytes(of match: Router.Match) -> Int {
        guard case .route(let route, _) = match else { return configuration.bodySizeMaxBytes }
        return route.bodySizeMaxBytes ?? configuration.bodySizeMaxBytes
    }

    /// What a handler answers; its errors become answers, and faults of the server's own are reported.
    func respond(_ request: HTTPRequest, _ route: Route, _ parameters: RouteParameters) async -> HTTPResponse {
        do {
            let response = try await route.handler(request, parameters)
            try Self.check(response)
            return response
        } catch {
            let response = Self.answer(to: error)
            if response.status == 500 {
                report(HTTPFailure(requestID: request.id, route: route.template, error: error))
            }
            return response
        }
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
