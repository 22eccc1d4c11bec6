import NIOCore

@testable import MartletServer

/// What a parser makes of some bytes: whole requests, and why it stopped.
struct ParsedRequests: Equatable {
    struct Request: Equatable {
        var method: String
        var path: String
        var headers: [String]
        var body: [UInt8] = []
        var isComplete = false
    }

    var requests: [Request] = []
    var fault: RequestFault?

    /// Feeds pieces one after the other, and takes out what there is after each.
    init(_ pieces: [[UInt8]], limits: RequestLimits = RequestLimits(headSizeMaxBytes: 80 << 10, fieldCountMax: 256)) {
        var parser = RequestParser(limits: limits)
        do {
            for piece in pieces {
                parser.feed(ByteBuffer(bytes: piece))
                while try takeNext(&parser) {}
            }
        } catch {
            fault = error as? RequestFault
        }
    }

    init(_ text: String) { self.init([Array(text.utf8)]) }

    private mutating func takeNext(_ parser: inout RequestParser) throws -> Bool {
        guard let last = requests.last, !last.isComplete else {
            guard let head = try parser.head() else { return false }
            let headers = head.headers.all.map { "\($0.name): \($0.value)" }
            requests.append(Request(method: head.method.name, path: head.target.path, headers: headers))
            return true
        }
        switch try parser.body() {
        case .incomplete: return false
        case .piece(let piece): requests[requests.count - 1].body += piece.readableBytesView
        case .end: requests[requests.count - 1].isComplete = true
        }
        return true
    }
}
