import NIOCore

/// Collects a request's body, decompressed where it comes compressed, in one buffer.
///
/// A body that is here in one piece is not copied; of a larger one, the size that was announced is made room for at once.
struct BodyCollector {
    /// Room is made at once up to this size; what was announced beyond that has to come first.
    private static let reservedSizeMaxBytes = 1 << 20

    /// The largest body, as sent and as decompressed.
    let sizeMaxBytes: Int
    private(set) var bytes = ByteBuffer()
    private let announcedSize: Int
    private let inflater: Inflater?
    private var receivedSize = 0

    /// A collector for no body.
    init() {
        sizeMaxBytes = 0
        announcedSize = 0
        inflater = nil
    }

    /// - Throws: `RequestFault` where the body is said to be too large, or comes in a coding that is not known here.
    init(_ head: RequestHead, sizeMaxBytes: Int) throws {
        self.sizeMaxBytes = sizeMaxBytes
        announcedSize = if case .length(let length) = head.framing { length } else { 0 }
        guard announcedSize <= sizeMaxBytes else { throw RequestFault.bodyTooLarge(sizeMaxBytes) }
        guard head.contentCoding != nil else {
            inflater = nil
            return
        }
        inflater =
            switch ContentCoding.declared(by: head.contentCoding) {
            case .plain: nil
            case .compressed(let coding): try Inflater(coding)
            case .unknown: throw RequestFault.unknownCoding(head.contentCoding ?? "")
            }
    }

    /// Whether a compressed body has come to its own end.
    var isComplete: Bool { receivedSize == 0 || inflater?.isComplete ?? true }

    /// Adds a piece.
    /// - Parameter isKept: whether anyone wants the body; its size counts anyhow.
    /// - Returns: by how many bytes the collected body grew.
    /// - Throws: `RequestFault` where the body is too large or its coding is broken.
    mutating func take(_ piece: ByteBuffer, isKept: Bool) throws -> Int {
        receivedSize += piece.readableBytes
        guard receivedSize <= sizeMaxBytes else { throw RequestFault.bodyTooLarge(sizeMaxBytes) }
        guard isKept else { return 0 }
        let before = bytes.readableBytes
        if let inflater {
            try inflater.inflate(piece, to: &bytes, sizeMaxBytes: sizeMaxBytes)
        } else if piece.readableBytes == announcedSize {
            bytes = piece
        } else {
            if before == 0 { bytes.reserveCapacity(min(max(announcedSize, piece.readableBytes), Self.reservedSizeMaxBytes)) }
            bytes.writeImmutableBuffer(piece)
        }
        return bytes.readableBytes - before
    }
}

extension RequestFault {
    static func bodyTooLarge(_ limit: Int) -> RequestFault {
        RequestFault(status: 413, message: "the body is larger than the limit of \(limit) bytes; send less at a time")
    }

    static func bodyEndsEarly(_ coding: String?) -> RequestFault {
        RequestFault(
            status: 400, message: "the compressed body ends before its content does; send all of it",
            coding: coding.map { .broken($0.lowercased()) })
    }

    static func streamedCoding(_ coding: String) -> RequestFault {
        let found = RequestTarget.quoted(coding)
        return RequestFault(
            status: 415, message: "header 'Content-Encoding': bodies are taken here as they are, found '\(found)'; send it without",
            codings: "identity")
    }

    fileprivate static func unknownCoding(_ coding: String) -> RequestFault {
        let known = ContentCoding.allCases.map(\.rawValue).joined(separator: ", ")
        let found = RequestTarget.quoted(coding)
        return RequestFault(
            status: 415, message: "header 'Content-Encoding': expected one of \(known), found '\(found)'", coding: .unknown(coding))
    }
}
