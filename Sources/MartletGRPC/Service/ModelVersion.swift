#if GRPC
import MartletCore

/// Versions as the protocol writes them.
enum ModelVersion {
    /// The number that a version's text stands for; `nil` for no text, which is the newest.
    static func number(_ text: String) throws -> Int? {
        guard !text.isEmpty else { return nil }
        guard let number = Int(text), number > 0, String(number) == text else {
            throw MartletError(
                .invalidInput, "model version '\(text.prefix(20))': expected a whole number from 1 on, or nothing for the newest")
        }
        return number
    }
}
#endif
