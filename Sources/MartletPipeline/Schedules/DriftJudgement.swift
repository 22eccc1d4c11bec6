package import MartletCore

/// What was judged of two samples of data.
package struct DriftJudgement: Sendable, Equatable, Codable {
    /// Which two were compared. They are never judged again.
    package let pair: String
    /// What the next sample is compared with, where that is not a release's own.
    package let base: Digest?
    package let hasDrifted: Bool
    /// Which column has drifted, by how much, or why nothing was judged.
    package let words: String
    package let at: Timestamp

    package init(pair: String, base: Digest?, hasDrifted: Bool, words: String, at: Timestamp) {
        (self.pair, self.base, self.hasDrifted, self.words, self.at) = (pair, base, hasDrifted, words, at)
    }
}
