package import MartletCore

/// A signed delivery that was taken, so that it fires nothing when it comes again.
package struct SeenDelivery: Sendable, Equatable, Codable {
    package let id: String
    /// When it was taken; `nil` where that was not written down yet.
    package private(set) var at: Timestamp?

    private enum CodingKeys: CodingKey { case id, at }

    init(_ id: String, at: Timestamp) { (self.id, self.at) = (id, at) }

    /// Reads also the id alone, as it was kept once.
    package init(from decoder: any Decoder) throws {
        let fields: KeyedDecodingContainer<CodingKeys>
        do {
            fields = try decoder.container(keyedBy: CodingKeys.self)
        } catch {
            id = try decoder.singleValueContainer().decode(String.self)
            return
        }
        id = try fields.decode(String.self, forKey: .id)
        at = try fields.decodeIfPresent(Timestamp.self, forKey: .at)
    }

    /// Whether it could still be let in if it came again. One whose time is not known counts as taken now.
    ///
    /// It may have been signed by a clock as far ahead as is let in, and is good for as long after that.
    mutating func isGood(at now: Timestamp) -> Bool {
        let taken = at ?? now
        at = taken
        return now - taken <= WebhookSignature.ageMax + WebhookSignature.ageMax
    }
}
