import AsyncHTTPClient
import MartletCore
import NIOCore
import NIOHTTP1
import NIOSSL

/// Makes requests to one bucket: signs them, makes them again where that may help, and turns refusals into errors for people.
struct S3Client: Sendable {
    /// An answer that was read whole.
    struct Answer: Sendable {
        let headers: HTTPHeaders
        let body: [UInt8]
    }

    /// Who may try again when.
    typealias Sleep = @Sendable (Duration) async throws -> Void

    let configuration: S3Configuration
    private let http: HTTPClient
    /// Asks again sooner where nothing comes.
    private let downloads: HTTPClient
    private let signer: RequestSigner
    private let clock: @Sendable () -> Timestamp
    private let sleep: Sleep

    /// The owner calls `close()`.
    init(_ configuration: S3Configuration, clock: @escaping @Sendable () -> Timestamp, sleep: @escaping Sleep) {
        self.configuration = configuration
        self.clock = clock
        self.sleep = sleep
        signer = RequestSigner(credentials: configuration.credentials, region: configuration.region)
        http = HTTPClient(configuration: Self.transport(configuration, readTimeout: configuration.limits.idleTimeout))
        downloads = HTTPClient(configuration: Self.transport(configuration, readTimeout: configuration.limits.pieceTimeout))
    }

    private static func transport(_ configuration: S3Configuration, readTimeout: Duration) -> HTTPClient.Configuration {
        let limits = configuration.limits
        var transport = HTTPClient.Configuration()
        transport.redirectConfiguration = .disallow
        transport.httpVersion = .http1Only
        transport.timeout.connect = TimeAmount(limits.connectTimeout)
        transport.timeout.read = TimeAmount(readTimeout)
        transport.timeout.write = TimeAmount(limits.idleTimeout)
        transport.connectionPool.idleTimeout = .seconds(5)
        transport.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = S3Configuration.Limits.connectionCountMax
        transport.connectionPool.retryConnectionEstablishment = false
        if let certificates = configuration.certificates {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(certificates)
            transport.tlsConfiguration = tls
        }
        return transport
    }

    func close() async throws {
        try await http.shutdown()
        try await downloads.shutdown()
    }

    // MARK: Requests

    /// Makes a request and reads its answer whole.
    /// - Throws: `S3Fault` for a refusal, `MartletError` with code `unavailable` where S3 cannot be reached.
    func answer(_ request: S3Request) async throws -> Answer {
        try await trying(request, by: http) { response in
            let body = try await response.body.collect(upTo: S3Configuration.Limits.answerSizeMaxBytes)
            return Answer(headers: response.headers, body: Array(buffer: body))
        }
    }

    /// Makes a request and returns once its answer has begun, for content that is read as it comes. Throws as `answer`.
    func response(_ request: S3Request) async throws -> HTTPClientResponse { try await trying(request, by: downloads) { $0 } }

    /// Makes a request that must succeed.
    func made(_ request: S3Request) async throws -> Answer {
        do { return try await answer(request) } catch let fault as S3Fault { throw error(fault, of: request) }
    }

    /// What S3 answers; `nil` where there is no such object.
    func found(_ request: S3Request) async throws -> Answer? {
        do {
            return try await answer(request)
        } catch let fault as S3Fault {
            guard fault.isMissingKey else { throw error(fault, of: request) }
            return nil
        }
    }

    /// The size of an object in bytes; `nil` where there is none.
    func size(of key: String) async throws -> Int? {
        try await found(S3Request(method: .HEAD, key: key)).flatMap { $0.headers.first(name: "content-length").flatMap { Int($0) } }
    }

    /// A refusal in words.
    func error(_ fault: S3Fault, of request: S3Request) -> MartletError { fault.error(of: name(request), at: configuration.endpoint) }

    private func name(_ request: S3Request) -> String {
        let bucket = "s3://\(configuration.address.bucket)"
        return "\(request.method.rawValue) '\(request.key.isEmpty ? bucket : "\(bucket)/\(request.key)")'"
    }

    private func trying<Value>(
        _ request: S3Request, by http: HTTPClient, _ take: (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        var delay = configuration.limits.retryDelay
        for number in 1... {
            let isLast = number >= configuration.limits.tryCountMax
            do {
                return try await take(try await once(request, by: http))
            } catch let fault as S3Fault {
                guard fault.isPassing, !isLast else { throw fault }
            } catch let error where Self.isOfTheWay(error) {
                guard !isLast else { throw unreachable(error, request) }
            }
            try await sleep(delay)
            delay *= 2
        }
        preconditionFailure("the last try throws or returns")
    }

    /// Whether an error says that the way to S3 failed, rather than this process or the one who asks.
    private static func isOfTheWay(_ error: any Error) -> Bool {
        !(error is MartletError || error is CancellationError || error as? HTTPClientError == .cancelled)
    }

    private func unreachable(_ error: any Error, _ request: S3Request) -> MartletError {
        let reason = (error as? HTTPClientError)?.shortDescription ?? "\(error)"
        return MartletError(
            .unavailable,
            "cannot reach S3 at \(configuration.endpoint) for \(name(request)): \(reason); check that it runs, and AWS_ENDPOINT_URL_S3")
    }

    // MARK: One try

    private func once(_ request: S3Request, by http: HTTPClient) async throws -> HTTPClientResponse {
        let response = try await http.execute(signed(request), deadline: .distantFuture)
        let status = Int(response.status.code)
        guard !(200..<300).contains(status) else { return response }
        let body = try await response.body.collect(upTo: S3Configuration.Limits.answerSizeMaxBytes)
        throw S3Fault(
            status: status, code: Self.code(XMLTree(Array(buffer: body))), region: response.headers.first(name: "x-amz-bucket-region"))
    }

    /// The code in an error's document, for a message.
    static func code(_ document: XMLTree?) -> String {
        guard let document, document.name == "Error", let code = document.text("Code") else { return "" }
        return String(code.prefix(80).filter { $0.isASCII && ($0.isLetter || $0.isNumber) })
    }

    private func signed(_ request: S3Request) -> HTTPClientRequest {
        let (url, host, path) = configuration.endpoint.place(configuration.address.bucket, request.key)
        let (now, digest) = (clock(), request.digest.hex)
        var headers = request.headers
        headers += [("host", host), ("x-amz-date", RequestSigner.time(now)), ("x-amz-content-sha256", digest)]
        if let token = configuration.credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
        let text = RequestSigner.Request(
            method: request.method.rawValue, path: path, query: request.query, headers: headers, payloadDigest: digest)
        headers.append(("authorization", signer.authorization(text, at: now)))
        let query = URIText.query(request.query)
        var message = HTTPClientRequest(url: query.isEmpty ? url : "\(url)?\(query)")
        message.method = request.method
        message.headers = HTTPHeaders(headers.map { ($0.name, $0.value) })
        switch request.payload {
        case .none: break
        case .bytes(let bytes): message.body = .bytes(ByteBuffer(bytes: bytes))
        case .file(let path, let range, _):
            message.body = .stream(FileBytes(path: path, range: range), length: .known(Int64(range.count)))
        }
        return message
    }
}
