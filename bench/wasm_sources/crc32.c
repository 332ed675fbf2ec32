/* CRC-32 (IEEE 802.3) with a table of 256 entries; returns the checksum. */
static unsigned table[256];
static unsigned char text[8192];

__attribute__((export_name("run"))) int run(int turns) {
    for (unsigned i = 0; i < 256; i++) {
        unsigned c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
        table[i] = c;
    }
    for (unsigned i = 0; i < sizeof text; i++) text[i] = (unsigned char)(i * 31);
    unsigned c = ~0u;
    for (int t = 0; t < turns; t++)
        for (unsigned i = 0; i < sizeof text; i++) c = table[(c ^ text[i]) & 255] ^ c >> 8;
    return (int)~c;
}
