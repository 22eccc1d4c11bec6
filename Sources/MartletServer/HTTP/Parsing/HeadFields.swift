/// The fields that say how a request is framed, and what else the server itself reads.
struct HeadFields {
    private(set) var requestID: String?
    private(set) var expectation: String?
    private(set) var contentCoding: String?
    private var hostCount = 0
    private var length: Int?
    private var isChunked = false
    private var closes = false
    private var asksToKeep = false
    private var upgrades = false

    /// Takes note of a field. - Throws: `RequestFault`.
    mutating func take(_ name: Range<Int>, _ value: Range<Int>, in bytes: UnsafeRawBufferPointer) throws {
        switch name.count {
        case 4 where bytes.matchesAnyCase(name, "host"): try takeHost(value, bytes)
        case 6 where bytes.matchesAnyCase(name, "expect"): expectation = text(value, bytes)
        case 7 where bytes.matchesAnyCase(name, "upgrade"): upgrades = true
        case 10 where bytes.matchesAnyCase(name, "connection"): takeConnection(value, bytes)
        case 12 where bytes.matchesAnyCase(name, "x-request-id"): requestID = requestID ?? text(value, bytes)
        case 14 where bytes.matchesAnyCase(name, "content-length"): try takeLength(value, bytes)
        case 16 where bytes.matchesAnyCase(name, "content-encoding"): takeCoding(value, bytes)
        case 17 where bytes.matchesAnyCase(name, "transfer-encoding"): try takeTransferCoding(value, bytes)
        default: break
        }
    }

    private func text(_ value: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes[value], as: UTF8.self)
    }

    private mutating func takeHost(_ value: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws {
        hostCount += 1
        guard ASCIISet.authority.covers(bytes, value) else {
            throw RequestFault.malformed("header 'Host': expected a name or address and a port")
        }
    }

    private mutating func takeConnection(_ value: Range<Int>, _ bytes: UnsafeRawBufferPointer) {
        for option in bytes[value].split(separator: UInt8(ascii: ",")) {
            let option = bytes.trimmed(option.indices)
            if bytes.matchesAnyCase(option, "close") { closes = true }
            if bytes.matchesAnyCase(option, "keep-alive") { asksToKeep = true }
        }
    }

    /// Several codings are several names in one value, so that none is overlooked.
    private mutating func takeCoding(_ value: Range<Int>, _ bytes: UnsafeRawBufferPointer) {
        contentCoding = contentCoding.map { "\($0), \(text(value, bytes))" } ?? text(value, bytes)
    }

    private mutating func takeLength(_ value: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws {
        guard !value.isEmpty, ASCIISet.digits.covers(bytes, value) else {
            throw RequestFault.malformed("header 'Content-Length': expected a number")
        }
        guard length == nil else { throw RequestFault.malformed("header 'Content-Length': expected one, found several") }
        var number = 0
        for byte in bytes[value] {
            let (tens, isBeyond) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            number = isBeyond || overflows ? .max : sum
            if isBeyond || overflows { break }
        }
        length = number
    }

    private mutating func takeTransferCoding(_ value: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws {
        guard !isChunked, bytes.matchesAnyCase(value, "chunked") else {
            throw RequestFault(
                status: 501, message: "header 'Transfer-Encoding': expected one, 'chunked'; send the body plain or in chunks")
        }
        isChunked = true
    }

    // MARK: What follows

    /// - Throws: `RequestFault` where the fields contradict one another: the stuff that requests are smuggled with.
    func framing(isHTTP10: Bool) throws -> RequestHead.Framing {
        guard hostCount == 1 || isHTTP10 && hostCount == 0 else {
            throw RequestFault(status: 400, message: "header 'Host': expected exactly one, found \(hostCount)")
        }
        guard isChunked else { return .length(length ?? 0) }
        guard length == nil, !isHTTP10 else {
            throw RequestFault.malformed(
                length == nil
                    ? "expected no 'Transfer-Encoding' in HTTP/1.0" : "expected 'Content-Length' or 'Transfer-Encoding', found both")
        }
        return .chunked
    }

    /// A connection that asks for another protocol, which there is none of here, ends.
    func keepsAlive(isHTTP10: Bool) -> Bool { !closes && !upgrades && (!isHTTP10 || asksToKeep) }
}
