import Glibc
package import MartletCore

/// An HTTP/1.1 connection to this machine that blocks its thread: deliberately not the product's own client.
package final class ServerConnection {
    /// How long an answer may take to come, in seconds.
    private static let timeoutSeconds = 60
    private let descriptor: Int32
    private var received: [UInt8] = []

    /// Connects. - Throws: `unavailable`.
    package init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.fault("open a socket") }
        var limit = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = in_port_t(port).bigEndian
        place.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let code = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            let fault = Self.fault("connect to port \(port)")
            close()
            throw fault
        }
    }

    /// Closes the connection; must be called, once.
    package func close() { _ = Glibc.close(descriptor) }

    /// Sends a request with a JSON body and waits for the whole answer.
    /// - Throws: `unavailable` where the connection ends before the answer does.
    package func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, headers: [String: String] = [:]
    ) throws -> ServerAnswer {
        let text = body?.canonicalText ?? ""
        var head = "\(method) \(path) HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: \(text.utf8.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        try write(Array((head + "\r\n" + text).utf8))
        return try read()
    }

    private func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.fault("send") }
            rest = rest.dropFirst(count)
        }
    }

    private func read() throws -> ServerAnswer {
        let end = Array("\r\n\r\n".utf8)
        var headSize = received.firstRange(of: end)?.upperBound
        while headSize == nil {
            try receive()
            headSize = received.firstRange(of: end)?.upperBound
        }
        let lines = String(decoding: received.prefix(headSize ?? 0), as: UTF8.self).split(separator: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        guard let headSize, let status, let bodySize = headers["content-length"].flatMap({ Int($0) }) else {
            throw MartletError(.unavailable, "expected a status and a content-length, found \(lines.prefix(20))")
        }
        while received.count < headSize + bodySize { try receive() }
        let body = Array(received[headSize..<(headSize + bodySize)])
        received.removeFirst(headSize + bodySize)
        return ServerAnswer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
    }

    private func receive() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0, errno == EINTR { return }
        guard count > 0 else { throw Self.fault(count == 0 ? "read: the server closed the connection" : "read") }
        received += buffer.prefix(count)
    }

    private static func fault(_ action: String) -> MartletError {
        MartletError(.unavailable, "cannot \(action) (\(String(cString: strerror(errno))))")
    }
}

/// What a server answered.
package struct ServerAnswer: Sendable {
    /// The status.
    package let status: Int
    /// The header fields, their names in lower case.
    package let headers: [String: String]
    /// The body.
    package let body: String

    /// The body as JSON. - Throws: `invalidInput` where it is none.
    package var json: JSONValue { get throws { try JSONValue(parsing: body, as: "the server's answer") } }
}
