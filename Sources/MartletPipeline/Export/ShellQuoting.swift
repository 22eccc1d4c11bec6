import MartletCore

/// Words for a POSIX shell, so that it hands over exactly the text that was meant.
package enum ShellQuoting {
    /// A command as one line of shell. - Throws: `invalidInput` where a word holds the character 0, which no program can be given.
    package static func line(_ command: [String]) throws -> String {
        try command.map(quoted).joined(separator: " ")
    }

    /// A word: as it is where nothing in it means anything to a shell, else in single quotes.
    package static func quoted(_ word: String) throws -> String {
        guard !word.unicodeScalars.contains("\0") else {
            throw MartletError(
                .invalidInput,
                "a word of a command holds the character 0, which ends a word: take it out of '\(word.filter { $0 != "\0" })'")
        }
        guard word.isEmpty || !word.unicodeScalars.allSatisfy(isPlain) else { return word }
        return "'" + word.replacing(scalars: "'", with: #"'\''"#) + "'"
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/", ":", ",", "+", "@", "%": true
        default: false
        }
    }
}
