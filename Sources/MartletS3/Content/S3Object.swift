import AsyncHTTPClient
import MartletCore
import MartletStore
import NIOCore
import NIOHTTP1
import Synchronization

/// An object of the bucket, for reading.
struct S3Object: RemoteContent {
    let key: String
    let sizeBytes: Int
    private let client: S3Client

    init(key: String, sizeBytes: Int, _ client: S3Client) {
        self.key = key
        self.sizeBytes = sizeBytes
        self.client = client
    }

    func read(_ range: Range<Int>) async throws -> any ContentStream {
        S3Stream(self, try await response(range), behind: range)
    }

    /// All of it; `nil` where there is no such object.
    func found() async throws -> (any ContentStream)? {
        let range = 0..<sizeBytes
        do {
            return S3Stream(self, try await begun(range), behind: range)
        } catch let fault as S3Fault {
            guard fault.isMissingKey else { throw client.error(fault, of: request(range)) }
            return nil
        }
    }

    /// Asks for a range; the answer has begun on return.
    func response(_ range: Range<Int>) async throws -> HTTPClientResponse {
        do { return try await begun(range) } catch let fault as S3Fault { throw client.error(fault, of: request(range)) }
    }

    private func begun(_ range: Range<Int>) async throws -> HTTPClientResponse {
        let response = try await client.response(request(range))
        guard response.status == (isWhole(range) ? .ok : .partialContent),
            response.headers.first(name: "content-length") == "\(range.count)"
        else {
            throw MartletError(
                .storage,
                "S3 at \(client.configuration.endpoint): expected \(range.count) bytes of 's3://\(client.configuration.address.bucket)/"
                    + "\(key)', found \(response.headers.first(name: "content-length") ?? "another length"); write it again")
        }
        return response
    }

    private func isWhole(_ range: Range<Int>) -> Bool { range == 0..<sizeBytes }

    private func request(_ range: Range<Int>) -> S3Request {
        let field = ("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
        return S3Request(method: .GET, key: key, headers: isWhole(range) ? [] : [field])
    }
}

/// The bytes of a range as they come. Where they cease to come the rest is asked for anew.
///
/// `@unchecked`: the iterator is only touched in `next`, which traps where two tasks are in it at a time.
final class S3Stream: ContentStream, @unchecked Sendable {
    /// How often the rest is asked for without that anything came.
    private static let resumptionsMax = 3

    private let object: S3Object
    private var bytes: HTTPClientResponse.Body.AsyncIterator
    /// What has not come yet.
    private var rest: Range<Int>
    private var resumptionCount = 0
    private let isBusy = Atomic(false)

    init(_ object: S3Object, _ response: HTTPClientResponse, behind range: Range<Int>) {
        self.object = object
        bytes = response.body.makeAsyncIterator()
        rest = range
    }

    func next() async throws -> [UInt8]? {
        let isFree = isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
        precondition(isFree, "two tasks read one stream")
        defer { isBusy.store(false, ordering: .releasing) }
        while !rest.isEmpty {
            if let piece = try await piece(), piece.readableBytes > 0 {
                resumptionCount = 0
                let taken = Array(buffer: piece).prefix(rest.count)
                rest = rest.lowerBound + taken.count..<rest.upperBound
                return Array(taken)
            }
        }
        return nil
    }

    /// The next bytes that come; `nil` where the rest was asked for anew.
    private func piece() async throws -> ByteBuffer? {
        do {
            if let piece = try await bytes.next() { return piece }
        } catch let error as CancellationError {
            throw error
        } catch {
            guard resumptionCount < Self.resumptionsMax else {
                throw MartletError(
                    .unavailable, "the way to S3 fails again and again amid 's3://…/\(object.key)'; try again later", cause: error)
            }
        }
        guard resumptionCount < Self.resumptionsMax else {
            throw MartletError(.unavailable, "S3 ends 's3://…/\(object.key)' again and again before all has come; try again later")
        }
        resumptionCount += 1
        bytes = try await object.response(rest).body.makeAsyncIterator()
        return nil
    }
}
