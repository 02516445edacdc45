//! PNG files (W3C, third edition): 8 bits each of red, green and blue.

use crate::canvas::Canvas;
use miniz_oxide::deflate::compress_to_vec_zlib;

/// Of 10: above it takes longer for little.
const LEVEL: u8 = 6;

pub fn encode(canvas: &Canvas) -> Vec<u8> {
    let mut header = vec![];
    header.extend((canvas.width as u32).to_be_bytes());
    header.extend((canvas.height as u32).to_be_bytes());
    // Bits of a sample, colour type RGB, then the only methods there are, not interlaced.
    header.extend([8, 2, 0, 0, 0]);

    let mut rows = Vec::with_capacity(canvas.pixels.len() + canvas.height);
    for row in canvas.pixels.chunks_exact(canvas.width * 3) {
        // Filter type 0: charts have long runs, which deflate sees better without a filter.
        rows.push(0);
        rows.extend_from_slice(row);
    }

    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, b"IHDR", &header);
    chunk(&mut file, b"IDAT", &compress_to_vec_zlib(&rows, LEVEL));
    chunk(&mut file, b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    file.extend((body.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend(kind);
    file.extend(body);
    let sum = crc(&file[start..]);
    file.extend(sum.to_be_bytes());
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |mut sum: u32, &byte| {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        }
        sum
    })
}
