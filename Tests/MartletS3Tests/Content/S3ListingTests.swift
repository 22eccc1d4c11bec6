import Testing

@testable import MartletS3

struct S3ListingTests {
    private func page(_ keys: String..., isTruncated: Bool = true, after start: String? = nil) -> S3Listing? {
        let objects = keys.map {
            "<Contents><Key>\($0)</Key><Size>1</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
        }
        let body = "<ListBucketResult><IsTruncated>\(isTruncated)</IsTruncated>\(objects.joined())</ListBucketResult>"
        return S3Listing(Array(body.utf8), after: start)
    }

    @Test func `keys rise by their bytes`() {
        #expect(page("a/b", "a0", "\u{e9}", "\u{1f600}", after: "a/")?.objects.count == 4)
        #expect(page(after: "a")?.isTruncated == false)
    }

    @Test func `a page that does not go on behind the one before is refused, so that no list is without end`() {
        #expect(page("a", "b", after: "a") == nil)
        #expect(page("a", "b", after: "c") == nil)
        #expect(page("a", "a") == nil)
        #expect(page("b", "a", isTruncated: false) == nil)
    }
}
