import MartletCore
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import MartletServer

/// Random requests, whole and broken, in random pieces; each failure names its seed.
struct RandomRequestTests {
    @Test(arguments: UInt64(0)..<300)
    func `valid requests are read as NIO's decoder reads them`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let texts = (0..<1 + random.index(below: 4)).map { _ in RandomRequest(&random).bytes }
        let parsed = ParsedRequests(random.pieces(of: texts.flatMap(\.self)))
        #expect(parsed.fault == nil, "seed \(seed)")
        let known = try Self.decodedByNIO(texts.flatMap(\.self))
        #expect(parsed.requests == known, "seed \(seed)")
    }

    @Test(arguments: UInt64(0)..<2_000)
    func `broken requests are read alike in any pieces, and never trap`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bytes = (0..<1 + random.index(below: 3)).flatMap { _ in RandomRequest(&random).bytes }
        for _ in 0..<1 + random.index(below: 4) { random.breakSomething(in: &bytes) }
        let limits = RequestLimits(headSizeMaxBytes: 600, fieldCountMax: 8)
        let whole = ParsedRequests([bytes], limits: limits)
        #expect(ParsedRequests(random.pieces(of: bytes), limits: limits) == whole, "seed \(seed)")
        #expect(ParsedRequests(bytes.map { [$0] }, limits: limits) == whole, "seed \(seed)")
    }

    /// NIO leaves the blanks behind a value, which are not part of it (RFC 9110, section 5.5).
    private static func decodedByNIO(_ bytes: [UInt8]) throws -> [ParsedRequests.Request] {
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(HTTPRequestDecoder()))
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        var requests: [ParsedRequests.Request] = []
        while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head):
                let headers = head.headers.map { "\($0.name): \($0.value.trimmingBlanks)" }
                requests.append(ParsedRequests.Request(method: head.method.rawValue, path: head.uri, headers: headers))
            case .body(let buffer): requests[requests.count - 1].body += buffer.readableBytesView
            case .end: requests[requests.count - 1].isComplete = true
            }
        }
        return requests
    }
}

/// One request as bytes.
private struct RandomRequest {
    private(set) var bytes: [UInt8] = []

    init(_ random: inout SplitMix64) {
        let method = random.element(of: ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
        let target = "/" + random.text(of: "abcXYZ019-_~!$&'()*+,;=:@/".filter { $0 != "/" }, sizeMax: 30)
        add("\(method) \(target) HTTP/1.1\r\n\(random.element(of: ["Host", "host", "HOST"])): a.example:8080\r\n")
        for _ in 0..<random.index(below: 5) {
            let name = "X" + random.text(of: "abcXYZ019-_!#$%&'*+.^`|~", sizeMax: 12)
            let value = random.text(of: "abc XYZ\t019:;,\"()[]{}/é", sizeMax: 30)
            add("\(name):\(random.element(of: ["", " ", "\t "]))\(value.trimmingBlanks)\(random.element(of: ["", " "]))\r\n")
        }
        switch random.index(below: 3) {
        case 0: add("\r\n")
        case 1: addPlainBody(&random)
        default: addChunks(&random)
        }
    }

    private mutating func add(_ text: String) { bytes += text.utf8 }

    private mutating func addPlainBody(_ random: inout SplitMix64) {
        let body = random.bytes(countMax: 200)
        add("Content-Length: \(body.count)\r\n\r\n")
        bytes += body
    }

    private mutating func addChunks(_ random: inout SplitMix64) {
        add("Transfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<random.index(below: 4) {
            let chunk = random.bytes(countMax: 60) + [0]
            add("\(String(chunk.count, radix: 16, uppercase: random.index(below: 2) == 0))\(random.element(of: ["", ";a=b"]))\r\n")
            bytes += chunk
            add("\r\n")
        }
        add("0\r\n\r\n")
    }
}

extension SplitMix64 {
    fileprivate mutating func element(of choices: [String]) -> String { choices[index(below: choices.count)] }

    fileprivate mutating func text(of characters: String, sizeMax: Int) -> String {
        let choices = Array(characters)
        return String((0..<index(below: sizeMax + 1)).map { _ in choices[index(below: choices.count)] })
    }

    fileprivate mutating func bytes(countMax: Int) -> [UInt8] {
        (0..<index(below: countMax + 1)).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// The same bytes, cut anywhere.
    fileprivate mutating func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let size = 1 + index(below: [3, 40, 400][index(below: 3)])
            pieces.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return pieces
    }

    /// Changes, removes or inserts a byte, most likely one that means something.
    fileprivate mutating func breakSomething(in bytes: inout [UInt8]) {
        let position = index(below: bytes.count)
        let meaningful = Array("\r\n :;,0aF\t\0\u{7f}".utf8)
        let byte = index(below: 4) == 0 ? UInt8(truncatingIfNeeded: next()) : meaningful[index(below: meaningful.count)]
        switch index(below: 3) {
        case 0: bytes[position] = byte
        case 1: bytes.insert(byte, at: position)
        default: bytes.remove(at: position)
        }
        if bytes.isEmpty { bytes = [byte] }
    }
}

extension String {
    fileprivate var trimmingBlanks: Substring {
        var rest = self[...]
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
