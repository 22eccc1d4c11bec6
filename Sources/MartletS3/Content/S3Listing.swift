import MartletCore
import NIOHTTP1

/// A page of a bucket's objects, in the order of their keys.
struct S3Listing {
    /// An object, as it is listed.
    struct Object: Equatable {
        let key: String
        let sizeBytes: Int
        let modifiedAt: Timestamp
    }

    let objects: [Object]
    /// Whether more follow.
    let isTruncated: Bool

    /// The objects below the client's prefix, behind a key.
    static func page(after key: String?, _ client: S3Client) async throws -> S3Listing {
        let prefix = client.configuration.address.key("")
        var request = S3Request(method: .GET, key: "", query: [("list-type", "2"), ("prefix", prefix)])
        if let key { request.query.append(("start-after", key)) }
        do {
            guard let page = S3Listing(try await client.answer(request).body, after: key) else {
                throw MartletError(
                    .storage,
                    "S3 at \(client.configuration.endpoint) listed '\(client.configuration.address)' in no way that is known, or not by "
                        + "rising keys; check AWS_ENDPOINT_URL_S3")
            }
            return page
        } catch let fault as S3Fault {
            throw client.error(fault, of: request)
        }
    }

    /// Reads an answer; `nil` where it is malformed, or where its keys do not rise from the one that they should lie behind: pages of
    /// such a list might have no end.
    init?(_ body: [UInt8], after start: String? = nil) {
        guard let tree = XMLTree(body), tree.name == "ListBucketResult" else { return nil }
        var objects: [Object] = []
        for item in tree.children where item.name == "Contents" {
            guard let key = item.text("Key"), let size = item.text("Size").flatMap({ Int($0) }), size >= 0,
                let time = item.text("LastModified").flatMap({ Timestamp($0) }),
                (objects.last?.key ?? start).map({ $0.utf8.lexicographicallyPrecedes(key.utf8) }) ?? true
            else { return nil }
            objects.append(Object(key: key, sizeBytes: size, modifiedAt: time))
        }
        self.objects = objects
        // Where nothing came, nothing can be asked for behind it.
        isTruncated = tree.text("IsTruncated") == "true" && !objects.isEmpty
    }
}
