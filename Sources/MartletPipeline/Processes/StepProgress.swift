import Foundation

/// How far a command says that it is: `0.4 words` in the file `$MARTLET_PROGRESS`.
package struct StepProgress: Sendable, Equatable {
    /// The most bytes of the file that are read.
    static let sizeMaxBytes = 1_024

    /// A share in 0…1; `nil` where the text begins with none.
    package let share: Double?
    package let message: String

    /// Reads what a command wrote; of several lines the last.
    package init?(_ text: String) {
        guard let line = text.split(whereSeparator: \.isNewline).last?.plain.trimmingCharacters(in: .whitespaces), !line.isEmpty else {
            return nil
        }
        let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        if let share = words.first.flatMap({ Double($0) }), (0...1).contains(share) {
            self.share = share
            message = words.count > 1 ? words[1].trimmingCharacters(in: .whitespaces) : ""
        } else {
            share = nil
            message = line
        }
    }
}
