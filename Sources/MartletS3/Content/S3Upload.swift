import Foundation
import MartletCore
import NIOHTTP1

/// Puts content into the bucket, in one piece or in parts; S3 checks each against the SHA-256 that is sent with it.
struct S3Upload {
    /// A part that S3 has.
    private struct Part {
        let number: Int
        let tag: String
        let digest: Digest
    }

    private let path: String
    private let sizeBytes: Int
    private let digest: Digest
    private let key: String
    private let client: S3Client
    private var limits: S3Configuration.Limits { client.configuration.limits }

    /// - Parameter path: of a file that stays as it is until `run` has returned.
    init(path: String, sizeBytes: Int, digest: Digest, key: String, _ client: S3Client) {
        self.path = path
        self.sizeBytes = sizeBytes
        self.digest = digest
        self.key = key
        self.client = client
    }

    func run() async throws {
        guard sizeBytes > limits.wholeSizeMaxBytes else { return try await putWhole() }
        let id = try await begin()
        do {
            try await complete(id, try await putParts(id))
        } catch {
            await abort(id)
            throw error
        }
    }

    /// The field with which S3 checks what comes.
    static func checksum(_ digest: Digest) -> (name: String, value: String) {
        ("x-amz-checksum-sha256", Data(digest.bytes).base64EncodedString())
    }

    private func putWhole() async throws {
        _ = try await client.made(
            S3Request(
                method: .PUT, key: key, headers: [Self.checksum(digest)], payload: .file(path: path, 0..<sizeBytes, digest)))
    }

    // MARK: Parts

    private func begin() async throws -> String {
        let request = S3Request(method: .POST, key: key, query: [("uploads", "")], headers: [("x-amz-checksum-algorithm", "SHA256")])
        let answer = try await client.made(request)
        guard let tree = XMLTree(answer.body), let id = tree.text("UploadId"), !id.isEmpty else { throw unreadable(request) }
        return id
    }

    private func putParts(_ id: String) async throws -> [Part] {
        let size = max(limits.partSizeMinBytes, (sizeBytes - 1) / S3Configuration.Limits.partCountMax + 1)
        var parts: [Part] = []
        for start in stride(from: 0, to: sizeBytes, by: size) {
            let range = start..<min(start + size, sizeBytes)
            let digest = try FileBytes(path: path, range: range).digest()
            let request = S3Request(
                method: .PUT, key: key, query: [("partNumber", "\(parts.count + 1)"), ("uploadId", id)], headers: [Self.checksum(digest)],
                payload: .file(path: path, range, digest))
            guard let tag = try await client.made(request).headers.first(name: "etag"), !tag.isEmpty else { throw unreadable(request) }
            parts.append(Part(number: parts.count + 1, tag: tag, digest: digest))
        }
        return parts
    }

    private func complete(_ id: String, _ parts: [Part]) async throws {
        let list = parts.map { part in
            let tag = part.tag.replacing("&", with: "&amp;").replacing("\"", with: "&quot;").replacing("<", with: "&lt;")
            return "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(tag)</ETag>"
                + "<ChecksumSHA256>\(Data(part.digest.bytes).base64EncodedString())</ChecksumSHA256></Part>"
        }
        let body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(list.joined())</CompleteMultipartUpload>"
        let request = S3Request(method: .POST, key: key, query: [("uploadId", id)], payload: .bytes(Array(body.utf8)))
        do {
            let tree = XMLTree(try await client.answer(request).body)
            // S3 begins to answer before it is done, and so may say 200 and then that it failed.
            guard tree?.name == "CompleteMultipartUploadResult" else { throw S3Fault(status: 200, code: S3Client.code(tree), region: nil) }
        } catch let fault as S3Fault {
            // An earlier try may have succeeded whose answer was lost.
            guard fault.code == "NoSuchUpload", try await client.size(of: key) == sizeBytes else {
                throw client.error(fault, of: request)
            }
        }
    }

    /// Lets S3 forget the parts. What went wrong before says more than a failure of this; a rule of the bucket can remove what stays.
    private func abort(_ id: String) async {
        // The task may be cancelled, which this must outlive.
        await Task { [client, key] in _ = try? await client.answer(S3Request(method: .DELETE, key: key, query: [("uploadId", id)])) }.value
    }

    private func unreadable(_ request: S3Request) -> MartletError {
        client.error(S3Fault(status: 200, code: "", region: nil), of: request)
    }
}
