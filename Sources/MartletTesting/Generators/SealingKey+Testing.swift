package import MartletCore

extension SealingKey {
    /// A key of tests, which everybody knows.
    package static let testing: SealingKey = {
        guard let key = SealingKey(Array(repeating: 7, count: sizeBytes)) else { preconditionFailure("a key has \(sizeBytes) bytes") }
        return key
    }()
}
