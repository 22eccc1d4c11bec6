extension String {
    /// The same with one text in the place of another, wherever the scalars of that are.
    ///
    /// For texts that another program reads: to Swift a quote with an accent behind it is one character, which is no quote.
    package func replacing(scalars old: String, with new: String) -> String {
        String(unicodeScalars.replacing(old.unicodeScalars, with: new.unicodeScalars))
    }

    /// Whether the scalars of another text are in it.
    package func contains(scalars text: String) -> Bool { unicodeScalars.contains(text.unicodeScalars) }
}
