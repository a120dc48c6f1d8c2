import './base.css';
import './parts.css';
import './card.css';
import './panel.css';
import './launch.css';
import './pages.css';
import './sweep.css';
import './graph.css';
