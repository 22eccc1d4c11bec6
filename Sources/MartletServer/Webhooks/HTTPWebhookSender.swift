import MartletCore
import NIOCore
import NIOHTTP1
import NIOPosix

/// Sends deliveries over HTTP/1.1, each on a connection of its own to the address that was checked.
struct HTTPWebhookSender: WebhookSender {
    let gate: WebhookGate

    func send(_ request: WebhookRequest) async throws -> WebhookAnswer {
        let url = try WebhookURL(request.url, allowedSchemes: gate.options.allowedSchemes)
        guard url.scheme == "http" else {
            throw MartletError(.invalidInput, "this martlet sends webhooks over http only, found '\(url.scheme)'; it has no TLS yet")
        }
        let channel = try await connect(to: try await gate.address(of: url), url)
        defer { channel.close(promise: nil) }
        // Where the connection really went, whatever was told about the host.
        try gate.check(connected: channel.remoteAddress)
        let answer = try await exchange(request, url, on: channel)
        return WebhookAnswer(
            status: answer.status, body: String(decoding: answer.body, as: UTF8.self),
            retryAfterSeconds: answer.headers["retry-after"].flatMap { Int($0) })
    }

    private var configuration: HTTPClientConfiguration {
        var configuration = HTTPClientConfiguration()
        configuration.connectTimeout = gate.options.requestTimeout
        configuration.requestTimeout = gate.options.requestTimeout
        configuration.responseSizeMaxBytes = gate.options.answerSizeMaxBytes
        return configuration
    }

    private func connect(to address: SocketAddress, _ url: WebhookURL) async throws -> any Channel {
        let configuration = configuration
        do {
            return try await ClientBootstrap(group: EventLoops.shared)
                .connectTimeout(TimeAmount(configuration.connectTimeout))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(HTTPRequestEncoder())
                        try pipeline.addHandler(ByteToMessageHandler(HTTPResponseDecoder()))
                        try pipeline.addHandler(ClientConnectionHandler(configuration: configuration))
                    }
                }
                .connect(to: address).get()
        } catch {
            throw MartletError(.unavailable, "cannot connect to '\(url.authority)'; check the address", cause: error)
        }
    }

    private func exchange(_ request: WebhookRequest, _ url: WebhookURL, on channel: any Channel) async throws -> HTTPResponse {
        let fields = request.headers + [("Host", url.authority), ("Content-Length", String(request.body.count)), ("Connection", "close")]
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: url.target, headers: HTTPHeaders(fields))
        let promise = channel.eventLoop.makePromise(of: ClientAnswer.self)
        do {
            return try await withTaskCancellationHandler {
                channel.writeAndFlush(ClientExchange(head: head, body: request.body, answer: promise))
                    .whenFailure { _ in promise.fail(ClientFault.closedUnanswered) }
                return try await promise.futureResult.get().response
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch let fault as ClientFault {
            throw fault.described(ServerAddress(host: url.host, port: url.port), configuration)
        }
    }
}
